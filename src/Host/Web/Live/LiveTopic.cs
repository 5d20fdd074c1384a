using Fairway.Ports;

namespace Fairway.Web;

/// <summary>A part of a page that changes.</summary>
/// <param name="Id">The element's id.</param>
/// <param name="Html">What it contains.</param>
public sealed record LiveFragment(string Id, string Html);

/// <summary>What a live page shows.</summary>
/// <param name="RenderAsync">Draws all of its fragments.</param>
/// <param name="NextChange">Ends when they may be others; asked before they are drawn.</param>
public sealed record LiveView(Func<CancellationToken, Task<IReadOnlyList<LiveFragment>>> RenderAsync, Func<CancellationToken, Task> NextChange);

/// <summary>
/// One live page for all who look at it: each change is drawn and packed once, and only what became different is sent. It works while
/// somebody looks.
/// </summary>
internal sealed class LiveTopic(LiveView view, TimeProvider time, Action<Exception> report, CancellationToken stopping)
{
    /// <summary>Shortest time between two pictures.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (string Html, Piece Piece)> _known = new(StringComparer.Ordinal);
    private TaskCompletionSource _changed = New();
    private CancellationTokenSource? _running;
    private long _version;
    private ImmutableArray<Piece> _pieces = [];
    private Exception? _failed;
    private int _viewers;

    /// <summary>A viewer comes; the first one sets it to work.</summary>
    public void Join()
    {
        lock (_gate)
        {
            if (++_viewers > 1) return;
            _running = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            var running = _running.Token;
            _ = Task.Run(() => RunAsync(running), CancellationToken.None);
        }
    }

    /// <summary>A viewer leaves; the last one ends the work.</summary>
    /// <returns>Whether nobody is left.</returns>
    public bool Leave()
    {
        lock (_gate)
        {
            if (--_viewers > 0) return false;
            _running!.Cancel();
            _running.Dispose();
            _running = null;
            return true;
        }
    }

    /// <summary>What is newer than what a viewer has, and how far that goes; the task ends at the next change.</summary>
    public (ImmutableArray<ReadOnlyMemory<byte>> Segments, long Version, Task Changed) After(long version)
    {
        lock (_gate)
        {
            // Their streams break off, and they come back to a topic that begins anew.
            if (_failed is not null) throw new InvalidOperationException("the live page could not be drawn", _failed);
            return ([.. _pieces.Where(piece => piece.Version > version).Select(piece => piece.Segment)], _version, _changed.Task);
        }
    }

    private async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                var change = view.NextChange(cancellation);
                try
                {
                    Take(await view.RenderAsync(cancellation));
                }
                catch (LedgerException)
                {
                    // A full disk or the like: the page stays as it was and says so at the top once it can be drawn again.
                    await Task.Delay(AfterFault, time, cancellation);
                    continue;
                }
                await Task.Delay(Pace, time, cancellation);
                await change.WaitAsync(cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Nobody looks any more.
        }
        catch (Exception error)
        {
            report(error);
            lock (_gate) _failed = error;
            Interlocked.Exchange(ref _changed, New()).TrySetResult();
        }
    }

    private void Take(IReadOnlyList<LiveFragment> fragments)
    {
        lock (_gate)
        {
            var isNew = false;
            foreach (var (id, html) in fragments)
            {
                if (_known.TryGetValue(id, out var before) && before.Html == html) continue;
                isNew = true;
                _known[id] = (html, new(_version + 1, LiveSegment.Swap(id, html)));
            }
            if (!isNew) return;
            _version++;
            _pieces = [.. _known.Values.Select(known => known.Piece)];
            Interlocked.Exchange(ref _changed, New()).TrySetResult();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record Piece(long Version, ReadOnlyMemory<byte> Segment);
}
