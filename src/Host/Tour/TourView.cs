using Fairway.Cli;
using Fairway.Cli.Rendering;
using Fairway.Client.Wire;

namespace Fairway.Tour;

/// <summary>How the tour is shown: a live view on a terminal, lines of progress otherwise. With <c>--json</c> both go to standard error.</summary>
internal sealed class TourView : IDisposable
{
    private const int Indent = 10;
    private static readonly string[] Milestones = ["phase-entered", "step-entered", "rollback-started", "effect-settled"];
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
        var page = Page.For(_context);
        var at = $"[grey]{Words.Of(_context.Time.GetElapsedTime(_began)).PadLeft(8)}[/]  ";
        foreach (var line in Words.Wrap(text, page.Width - Indent))
        {
            page.Line(at + Page.Style(line, rollout is null ? "" : RolloutWords.Colour(rollout.Phase)));
            at = new string(' ', Indent);
        }

        if (rollout is not null && rollout.Phase != RolloutPhases.Completed) page.Sentence(rollout.Why.Sentence, Indent);
        _context.Out.Write(page.ToString());
    }

    /// <summary>A line that stays, and below it something to copy, in one piece.</summary>
    public void Say(string text, string toCopy)
    {
        Say(text);
        _context.Out.Write(Page.For(_context).ToCopy(new string(' ', Indent) + toCopy, "blue").ToString());
    }

    /// <summary>A release sets out.</summary>
    public void Begin(string version)
    {
        Say($"shipping {version}");
        if (_live) _region ??= new(_context);
    }

    /// <summary>What is known now.</summary>
    public void Show(Frame frame, TourCounts? counts)
    {
        if (_region is null)
        {
            foreach (var told in _lines.New(frame.Decisions).Where(t => Milestones.Contains(DecisionFold.Kind(t.Decision)))) Say($"  {told.Sentence}");
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
