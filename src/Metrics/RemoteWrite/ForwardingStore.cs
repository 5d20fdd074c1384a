using Fairway.Metrics.Model;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.RemoteWrite;

/// <summary>A store that also writes what it took to other systems. Only what was taken and committed is sent.</summary>
/// <param name="store">The store.</param>
/// <param name="senders">Where to.</param>
public sealed class ForwardingStore(ISampleStore store, IReadOnlyList<RemoteWriteSender> senders) : ISampleStore
{
    public IAppendBatch Begin() => new Batch(store.Begin(), senders);

    public void Describe(string metric, MetricMetadata metadata)
    {
        store.Describe(metric, metadata);
        foreach (var sender in senders) sender.Describe(metric, metadata);
    }

    private sealed class Batch(IAppendBatch batch, IReadOnlyList<RemoteWriteSender> senders) : IAppendBatch
    {
        private readonly List<OutgoingSample> _taken = [];

        public AppendOutcome Add(ref long series, Labels labels, long time, double value)
        {
            var outcome = batch.Add(ref series, labels, time, value);
            if (outcome == AppendOutcome.Taken) _taken.Add(new(labels, time, value, null));
            return outcome;
        }

        public AppendOutcome Add(ref long series, Labels labels, long time, NativeHistogram histogram)
        {
            var outcome = batch.Add(ref series, labels, time, histogram);
            if (outcome == AppendOutcome.Taken) _taken.Add(new(labels, time, 0, histogram));
            return outcome;
        }

        public AppendOutcome Start(ref long series, Labels labels, long start) => batch.Start(ref series, labels, start);

        public void Commit()
        {
            batch.Commit();
            foreach (var sender in senders)
            {
                foreach (var sample in _taken)
                {
                    if (sample.Histogram is { } histogram) sender.Add(sample.Labels, sample.Time, histogram);
                    else sender.Add(sample.Labels, sample.Time, sample.Value);
                }
            }

            _taken.Clear();
        }

        public void Dispose() => batch.Dispose();
    }
}
