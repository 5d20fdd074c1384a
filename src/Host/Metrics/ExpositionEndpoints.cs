using Fairway.Metrics.Exposition;
using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Syntax;
using Fairway.Serve;
using Microsoft.AspNetCore.Http;

namespace Fairway.Metrics;

/// <summary><c>/federate</c> and <c>/metrics</c>: what others scrape.</summary>
/// <param name="server">The engine.</param>
internal sealed class ExpositionEndpoints(MetricsServer server)
{
    /// <summary>The newest samples of the series asked for.</summary>
    public async Task FederateAsync(HttpContext context, ApiParameters parameters)
    {
        IReadOnlyList<IReadOnlyList<LabelMatcher>> selectors;
        try
        {
            selectors = parameters.Selectors(everything: true);
        }
        catch (PromQlException e)
        {
            await ApiAnswer.TextAsync(context, 400, e.Message);
            return;
        }

        var format = Begin(context);
        var federation = new Federation(server.Store, name => server.Store.Metadata.GetValueOrDefault(name), server.Configuration.Config.ExternalLabels);
        federation.Write(context.Response.BodyWriter, format, selectors, server.Options.Time.GetUtcNow().ToUnixTimeMilliseconds(), context.RequestAborted);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <summary>The engine's own metrics.</summary>
    public async Task OwnAsync(HttpContext context)
    {
        var format = Begin(context);
        var writer = new ExpositionWriter(context.Response.BodyWriter, format);
        var store = server.Store.Statistics(0);
        Write(writer, "fairway_build_info", "gauge", "The program.", [("version", ControlPlane.Version, 1)]);
        Write(writer, "fairway_store_series", "gauge", "Series in memory.", [("", "", store.Series)]);
        Write(writer, "fairway_store_chunks", "gauge", "Chunks in memory.", [("", "", store.Chunks)]);
        Write(writer, "fairway_store_chunk_bytes", "gauge", "Bytes of the chunks in memory.", [("", "", store.ChunkBytes)]);
        Write(writer, "fairway_store_log_bytes", "gauge", "Bytes of the write-ahead log.", [("", "", store.LogBytes)]);
        Write(writer, "fairway_store_blocks", "gauge", "Blocks on disk.", [("", "", store.Blocks.Count)]);
        Write(writer, "fairway_store_block_bytes", "gauge", "Bytes of the blocks on disk.", [("", "", store.Blocks.Sum(b => b.Bytes))]);
        Write(writer, "fairway_store_faults", "gauge", "Things found broken on disk since the start.", [("", "", server.Store.Faults.Count)]);
        Write(writer, "fairway_store_samples_total", "counter", "Samples taken.", [("", "", store.Appended)]);
        Write(writer, "fairway_store_refused_samples_total", "counter", "Samples not taken.",
            store.Refused.OrderBy(r => r.Key).Select(r => ("outcome", r.Key.ToString(), (double)r.Value)));
        var senders = server.Senders.ToArray();
        Write(writer, "fairway_remote_write_pending_samples", "gauge", "Samples that wait.", senders.Select(s => ("remote", s.Name, (double)s.Pending)));
        Write(writer, "fairway_remote_write_samples_total", "counter", "Samples that arrived.", senders.Select(s => ("remote", s.Name, (double)s.Sent)));
        Write(writer, "fairway_remote_write_failed_samples_total", "counter", "Samples refused for good.", senders.Select(s => ("remote", s.Name, (double)s.Failed)));
        Write(writer, "fairway_remote_write_dropped_samples_total", "counter", "Samples pushed out.", senders.Select(s => ("remote", s.Name, (double)s.Dropped)));
        Write(writer, "process_cpu_seconds_total", "counter", "CPU time.", [("", "", Environment.CpuUsage.TotalTime.TotalSeconds)]);
        Write(writer, "process_resident_memory_bytes", "gauge", "Resident memory.", [("", "", Environment.WorkingSet)]);
        Write(writer, "process_start_time_seconds", "gauge", "When it began.", [("", "", server.StartedAt.ToUnixTimeMilliseconds() / 1000.0)]);
        writer.End();
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private static ExpositionFormat Begin(HttpContext context)
    {
        var format = ExpositionFormats.Preferred(context.Request.Headers.Accept);
        context.Response.ContentType = ExpositionFormats.ContentType(format);
        return format;
    }

    private static void Write(ExpositionWriter writer, string name, string type, string help, IEnumerable<(string Label, string Value, double Number)> samples)
    {
        writer.Family(name, new(type, help, ""));
        foreach (var (label, value, number) in samples)
        {
            var labels = Labels.Of([new(Labels.MetricName, name)]);
            writer.Sample(label.Length > 0 ? labels.With(label, value) : labels, number);
        }
    }
}
