using System.Text.Json;
using System.Text.Json.Serialization;
using Fairway.Cli;
using Fairway.Cli.Rendering;
using Fairway.Client.Wire;

namespace Fairway.Tour;

/// <summary>How one release fared.</summary>
/// <param name="Version">Such as <c>1.1</c>.</param>
/// <param name="Outcome"><c>completed</c>, <c>rolledBack</c> or <c>aborted</c>.</param>
/// <param name="Seconds">From the deployment to its end.</param>
/// <param name="Requests">Answers it gave.</param>
/// <param name="Failed">Of these, 5xx.</param>
/// <param name="Because">Code of the reason for its outcome.</param>
/// <param name="Weight">Share of the last step that it entered, in percent.</param>
/// <param name="EarlySteps">Steps that it left before their pause was over, proven safe.</param>
internal sealed record TourRelease(string Version, string Outcome, double Seconds, long Requests, long Failed, string Because, double Weight, int EarlySteps);

/// <summary>How a rollout went, from its records.</summary>
/// <param name="Summary">Its end.</param>
/// <param name="Weight">Share of the last step that it entered, in percent.</param>
/// <param name="EarlySteps">Steps left early.</param>
internal sealed record TourRollout(RolloutSummary Summary, double Weight, int EarlySteps);

/// <summary>The outcome of the tour.</summary>
/// <param name="Releases">In order.</param>
/// <param name="Lost">Requests that no release answered badly and that were lost all the same.</param>
internal sealed record TourReport(ImmutableArray<TourRelease> Releases, long Lost)
{
    public static TourReport Of(IEnumerable<TourRollout> rollouts, TourCounts counts) => new(
        [.. rollouts.Select(rollout =>
        {
            var r = rollout.Summary;
            var (requests, failed) = counts.ByVersion.GetValueOrDefault(r.Version);
            return new TourRelease(r.Version, r.Phase, Math.Round(((r.EndedAt ?? r.StartedAt) - r.StartedAt).TotalSeconds, 1), requests, failed, r.Why.Code, rollout.Weight, rollout.EarlySteps);
        })],
        counts.Lost);

    /// <summary>Whether everything went as the tour promises: two releases live, the bad one taken back, nothing lost.</summary>
    [JsonIgnore]
    public bool AsPromised => Lost == 0 && Releases.Select(r => r.Outcome).SequenceEqual([RolloutPhases.Completed, RolloutPhases.Completed, RolloutPhases.RolledBack], StringComparer.Ordinal);

    public string Json() => JsonSerializer.Serialize(this, TourJson.Default.TourReport);

    public string Table(TourCounts counts, CliContext context)
    {
        var page = Page.For(context);
        page.Columns(["RELEASE", "OUTCOME", ">TOOK", ">REQUESTS", ">FAILED", ""], Releases.Select(r => new[]
        {
            Page.Text(r.Version), RolloutWords.Phase(r.Outcome), Words.Of(TimeSpan.FromSeconds(r.Seconds)), Words.Count(r.Requests), Page.Style(Words.Count(r.Failed), r.Failed > 0 ? "yellow" : ""),
            r.Failed > 0 ? Page.Text($"answered badly by {r.Version}") : r.EarlySteps > 0 ? Page.Text($"{Words.Many(r.EarlySteps, "step")} early, proven safe") : "",
        }));
        page.Line();
        page.Line($"lost by us: {Page.Style(Words.Count(Lost), Lost == 0 ? "green" : "red")} of {Words.Many(counts.Answered, "request")}; {TourLoad.Sockets} WebSockets held, {counts.Moved} times asked to move");
        foreach (var failure in counts.Failures) page.Sentence(failure, 2, "red");
        return page.ToString();
    }
}

/// <summary>As <c>demo --json</c> prints it.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(TourReport))]
internal sealed partial class TourJson : JsonSerializerContext;
