using Fairway.Cli;
using Fairway.Cli.Rendering;
using Fairway.Cli.Verbs;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Tour;

/// <summary>The tour from its beginning to its end.</summary>
internal sealed class TourRun : IDisposable
{
    private const string Service = "shop";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(170);
    private static readonly TimeSpan AfterGlow = TimeSpan.FromSeconds(2);
    private readonly CliContext _context;
    private readonly DataFolder _folder;
    private readonly double _rate;
    private readonly bool _json;
    private readonly TourView _view;
    private readonly List<TourRollout> _ended = [];

    public TourRun(CliContext context, DataFolder folder, double rate, bool json)
    {
        (_context, _folder, _rate, _json) = (context, folder, rate, json);
        _view = new(context, json);
    }

    /// <summary>Runs it. Everything it started is stopped when it returns.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        try
        {
            return await GuidedAsync(cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            _view.Dispose();
            _context.Error.WriteLine("interrupted; everything that was started is stopped");
            return ExitCodes.Failed;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _view.Dispose();

    private async Task<int> GuidedAsync(CancellationToken cancellation)
    {
        _view.Say($"Three releases of examples/shop under {Words.Count((long)_rate)} requests a second.");
        await TourPlane.PrepareAsync(_folder, _context.Time, cancellation);
        var releases = Path.Combine(_folder.Path, "releases");
        _view.Say("building the shop…");
        await ShopReleases.MakeAsync(releases, _context.Folder, cancellation);
        await using var plane = await TourPlane.StartAsync(_folder, _context.Time, cancellation);
        _view.Say($"control plane and edge are up: {plane.Url}");
        await ShowConsoleAsync(plane, cancellation);

        using var limit = new CancellationTokenSource(Limit, _context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        TourCounts counts;
        try
        {
            counts = await ShipAllAsync(plane, releases, either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw new FairwayException("too-slow", $"the tour did not end within {Limit.TotalSeconds:0} s", $"see `fairway explain` and {_folder.Path}/up.log");
        }

        _view.Dispose();
        var report = TourReport.Of(_ended, counts);
        if (_json) _context.Out.WriteLine(report.Json());
        else _context.Out.Write("\n" + report.Table(counts, _context));
        if (!report.AsPromised) _context.Error.WriteLine("error: the tour did not go as promised: two releases live, the third taken back, nothing lost");
        if (_context.InIsTerminal && !_json) await StayAsync(plane, cancellation);
        return report.AsPromised ? ExitCodes.Done : ExitCodes.Failed;
    }

    // The link signs in whoever has it: it is for a person at a terminal, not for a log.
    private async Task ShowConsoleAsync(TourPlane plane, CancellationToken cancellation)
    {
        if (_context.InIsTerminal && !_json && (await plane.Client.CreateLinkAsync(new(null, null), cancellation)).Url is { } link) _view.Say("see it in a browser; the link signs in once:", link);
        else if ((await plane.Client.GetStatusAsync(cancellation)).ControlPlane.Console is { } address) _view.Say($"the console is at {address}");
    }

    private async Task<TourCounts> ShipAllAsync(TourPlane plane, string releases, CancellationToken cancellation)
    {
        TourLoad? load = null;
        try
        {
            foreach (var (version, _) in ShopReleases.All)
            {
                var rollout = await ShipAsync(plane, ShopReleases.Folder(releases, version), version, () => load ??= new(plane.Url, _rate, _context.Time), () => load, cancellation);
                _ended.Add(rollout);
                _view.Say(RolloutWords.Outcome(rollout.Summary)!, rollout.Summary);
            }

            await Task.Delay(AfterGlow, _context.Time, cancellation);
            return await load!.StopAsync();
        }
        finally
        {
            if (load is not null) await load.DisposeAsync();
        }
    }

    /// <summary>Ships one release and follows it to its end. Traffic begins as soon as something serves.</summary>
    private async Task<TourRollout> ShipAsync(TourPlane plane, string folder, string version, Action begin, Func<TourLoad?> load, CancellationToken cancellation)
    {
        var service = await Target.FindAsync(plane.Client, Service, null, cancellation);
        var making = new ReleaseMaking(_context, plane.Client, (_, _, _) => throw new InvalidOperationException("the tour names its folders"));
        var release = await making.MakeAsync(service, folder, version, build: false, cancellation);
        var answer = await plane.Client.DeployAsync(new(service.Service, service.Environment, release.Digest, Reason: "the tour"), cancellation);
        _view.Begin(version);
        var follower = new Follower(plane.Client, service.Environment, service.Service, _context.Time);
        await foreach (var frame in follower.FramesAsync(_view.Tick, cancellation))
        {
            if (frame.Service.Rollout is not { } rollout || rollout.Summary.Id != answer.Rollout) continue;
            if (rollout.Weight > 0) begin();
            _view.Show(frame, load()?.Counts());
            if (!rollout.Summary.HasEnded) continue;
            var steps = frame.Decisions.Where(d => DecisionFold.Kind(d) == "step-entered").ToArray();
            return new(rollout.Summary, steps.Length == 0 ? 0 : rollout.Steps[Math.Min(steps.Length, rollout.Steps.Count) - 1].Weight,
                steps.Count(d => d.Why?.Code == "step-entered-early"));
        }

        throw new OperationCanceledException(cancellation);
    }

    private async Task StayAsync(TourPlane plane, CancellationToken cancellation)
    {
        var fairway = File.Exists(Path.Combine(_context.Folder, "fairway")) ? "./fairway" : "fairway";
        var data = DataFolder.Resolve(null, _context.Folder).Path == _folder.Path ? "" : $" --data {_folder.Path}";
        var next = Path.GetRelativePath(_context.Folder, ShopReleases.Folder(Path.Combine(_folder.Path, "releases"), ShopReleases.Next));
        var page = Page.For(_context).Line().Line($"The shop is still up: [bold]{Page.Text(plane.Url.ToString())}[/]").Line("Ctrl-C stops everything. To try in another terminal:");
        foreach (var (what, command) in new[]
        {
            ("a browser's way into the console", $"{fairway} login{data}"),
            ("why the last release was taken back", $"{fairway} explain{data}"),
            ("the live view; leave it open for the next ones", $"{fairway} watch{data}"),
            ("traffic", $"{fairway} load {plane.Url} --rate 200 --group-by-header Shop-Version"),
            ("ship what the last release should have been", $"{fairway} deploy shop --path {next} --version {ShopReleases.Next} --wait{data}"),
            ("go back, within milliseconds", $"{fairway} rollback shop{data}"),
            ("what happened so far", $"{fairway} history{data}"),
        })
            page.Line().Line(Page.Style($"  # {what}", "grey")).ToCopy($"  {command}", "blue");
        _context.Out.Write(page.Line().ToString());
        await Task.WhenAny(plane.Ended, Task.Delay(Timeout.InfiniteTimeSpan, _context.Time, cancellation));
        _context.Out.WriteLine();
    }
}
