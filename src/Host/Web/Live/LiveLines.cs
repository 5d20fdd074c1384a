using System.IO.Pipelines;
using System.Threading.Channels;
using Fairway.Api;

namespace Fairway.Web;

/// <summary>Lines that are written while somebody looks, put to the end of a list, several at once.</summary>
internal static class LiveLines
{
    private const int Batch = 200;
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(200);

    /// <summary>Sends lines as they come.</summary>
    /// <param name="stream">The viewer's stream.</param>
    /// <param name="call">The viewer.</param>
    /// <param name="body">Where to.</param>
    /// <param name="lines">The lines.</param>
    /// <param name="id">The element that they are put into.</param>
    /// <param name="render">Draws some.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Whether there are no more lines; false when the viewer was signed out.</returns>
    public static async Task<bool> AppendAsync<TLine>(
        LiveStream stream, ApiRequest call, PipeWriter body, IAsyncEnumerable<TLine> lines, string id, Func<IReadOnlyList<TLine>, Task<string>> render, TimeProvider time,
        CancellationToken cancellation)
    {
        // Where a viewer is slow, lines wait in the files and not in memory.
        var found = Channel.CreateBounded<TLine>(Batch);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reading = ReadAsync(lines, found.Writer, both.Token);
        try
        {
            while (true)
            {
                var some = found.Reader.WaitToReadAsync(cancellation).AsTask();
                if (!await stream.BeatUntilAsync(call, some, body, cancellation)) return false;
                if (!await some) return true;
                await Task.Delay(Gathering, time, cancellation);
                var batch = new List<TLine>(Batch);
                while (batch.Count < Batch && found.Reader.TryRead(out var line)) batch.Add(line);
                await body.WriteAsync(LiveSegment.Append(id, await render(batch)), cancellation);
            }
        }
        finally
        {
            await both.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task ReadAsync<TLine>(IAsyncEnumerable<TLine> lines, ChannelWriter<TLine> found, CancellationToken cancellation)
    {
        Exception? failed = null;
        try
        {
            await foreach (var line in lines.WithCancellation(cancellation)) await found.WriteAsync(line, cancellation);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            failed = error;
            throw;
        }
        finally
        {
            // Who reads the lines is told what ended them.
            found.TryComplete(failed);
        }
    }
}
