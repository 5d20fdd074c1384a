using System.Collections.Concurrent;
using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Pipelines;

/// <summary>
/// What images are called in runs: every job of a run means the same image by a name, whatever somebody pushes under it meanwhile, and each is looked for once.
/// </summary>
public sealed class RunImages
{
    private const int MostKept = 10_000;
    private readonly ConcurrentDictionary<(string Run, string Reference), Lazy<Task<(ImmutableArray<PinnedImage> Images, Fault? Fault)>>> _known = [];

    /// <summary>The images that are meant, one for each name; or why one cannot be had.</summary>
    /// <param name="run">The run's id.</param>
    /// <param name="sandbox">What runs them.</param>
    /// <param name="wanted">Names.</param>
    /// <param name="cancellation">Stops waiting; an image that others wait for too is fetched all the same.</param>
    public async Task<(ImmutableArray<PinnedImage> Images, Fault? Fault)> PinAsync(string run, ISandbox sandbox, ImmutableArray<WantedImage> wanted, CancellationToken cancellation)
    {
        if (_known.Count > MostKept) _known.Clear();
        var images = ImmutableArray.CreateBuilder<PinnedImage>(wanted.Length);
        foreach (var one in wanted)
        {
            var looking = _known.GetOrAdd((run, one.Reference), _ => new(() => sandbox.PinAsync([one], CancellationToken.None)));
            var (found, fault) = await looking.Value.WaitAsync(cancellation);
            if (fault is not null)
            {
                // Another attempt asks again.
                _known.TryRemove(new((run, one.Reference), looking));
                return ([], fault);
            }
            images.AddRange(found);
        }
        return (images.ToImmutable(), null);
    }
}
