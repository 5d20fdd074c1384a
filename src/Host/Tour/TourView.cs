using Fairway.Cli;
using Fairway.Cli.Rendering;
using Fairway.Client.Wire;

namespace Fairway.Tour;

/// <summary>How the tour is shown: a live view on a terminal, lines of progress otherwise. With <c>--json</c> both go to standard error.</summary>
internal sealed class TourView : IDisposable
{
    private readonly CliContext _context;
    private readonly bool _live;
    private readonly long _began;
    private readonly DecisionLines _lines;
    private LiveRegion? _region;

    public TourView(CliContext context, bool json)
    {
        _live = json ? false : context.OutIsTerminal;
        _context = json ? context with { Out = context.Error, Colour = context.Colour && context.ErrorIsTerminal } : context;
        _began = context.Time.GetTimestamp();
        _lines = new(context.Time);
    }

    /// <summary>How often a frame is wanted though nothing changed.</summary>
    public TimeSpan Tick { get; } = TimeSpan.FromMilliseconds(500);

    /// <summary>A line that stays.</summary>
    public void Say(string text, RolloutSummary? rollout = null)
    {
        _region?.Clear();
        var at = Words.Of(_context.Time.GetElapsedTime(_began)).PadLeft(8);
        var page = Page.For(_context).Line($"[grey]{at}[/]  {Page.Style(text, rollout is null ? "" : RolloutWords.Colour(rollout.Phase))}");
        if (rollout is not null && rollout.Phase != RolloutPhases.Completed) page.Sentence(rollout.Why.Sentence, 10);
        _context.Out.Write(page.ToString());
    }

    /// <summary>A release sets out.</summary>
    public void Begin(string version)
    {
        Say($"shipping {version}");
        if (_live) _region ??= new(_context);
    }

    /// <summary>What is known now.</summary>
    public void Show(Frame frame, IReadOnlyList<RolloutSummary> ended, TourCounts? counts)
    {
        if (_region is null)
        {
            foreach (var told in _lines.New(frame.Decisions)) Say($"  {told.Sentence}");
            return;
        }

        var (width, height) = _context.Size();
        var view = ServiceView.Of(frame.Service, frame.Decisions, _context with { Size = () => (width, height - 4) });
        var page = Page.For(_context).Line().Line(counts is null ? "[grey]traffic begins when something serves[/]" :
            $"[grey]traffic[/]  {Words.Many(counts.Answered, "answer")}  p50 {Words.Latency(counts.P50)}  p99 {Words.Latency(counts.P99)}  "
            + $"{TourLoad.Sockets} WebSockets  lost {Page.Style(Words.Count(counts.Lost), counts.Lost == 0 ? "green" : "red")}");
        _region.Show("\n" + view + page);
    }

    /// <summary>Gives the terminal back.</summary>
    public void Dispose()
    {
        _region?.Clear();
        _region?.Dispose();
        _region = null;
    }
}
