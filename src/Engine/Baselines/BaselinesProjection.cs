using System.Globalization;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;

namespace Fairway.Baselines;

/// <summary>A comparison beside what was usual then.</summary>
/// <param name="Compared">As it was recorded.</param>
/// <param name="Usual">What was usual after the releases before it.</param>
public sealed record ComparedRow(BaselineEvent.ReleaseCompared Compared, ImmutableArray<UsualValue> Usual)
{
    /// <summary>What is usual of a metric; null when nothing is.</summary>
    public UsualValue? UsualOf(MetricChange change) => Usual.FirstOrDefault(usual => usual.Metric == change.Metric && usual.Kind == change.Kind);

    /// <summary>The metrics that are worse than usual by more than releases differ anyway.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IEnumerable<MetricChange> WorseThanUsual => Compared.Changes.Where(change => change.After is { } after && UsualOf(change)?.IsWorse(after) == true);
}

/// <summary>
/// Comparisons, <c>done/environment/service/00000001</c>; rollouts whose comparison is still to come, <c>open/environment/service/00000001</c>; the values of the last
/// releases that stayed, <c>past/environment/service</c>; and the releases' comparisons, <c>release/digest</c>.
/// </summary>
public sealed class BaselinesProjection : IProjection
{
    /// <summary>The collection.</summary>
    public const string Name = "baselines";

    /// <summary>What keys of open comparisons begin with.</summary>
    public const string Open = "open/";

    // Most comparisons that a release's list names.
    private const int MostOfRelease = 50;

    /// <inheritdoc/>
    public string Collection => Name;

    /// <summary>Key of a rollout's comparison.</summary>
    public static string DoneOf(ServiceKey key, int number) => string.Create(CultureInfo.InvariantCulture, $"done/{key}/{number:D8}");

    /// <summary>Key of a service's last releases.</summary>
    public static string PastOf(ServiceKey key) => $"past/{key}";

    /// <summary>Key of a release's comparisons: the keys of theirs.</summary>
    public static string ReleaseOf(string digest) => $"release/{digest}";

    /// <summary>The service and number of a rollout's id; null for another text.</summary>
    public static (ServiceKey Key, int Number)? KeyOf(string rollout)
        => rollout.Split('/') is [var environment, var service, var text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (new(environment, service), number) : null;

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, string?>> Apply(LedgerEvent record, Func<string, string?> load)
    {
        if (!record.Stream.StartsWith(BaselineEvent.StreamPrefix, StringComparison.Ordinal) || BaselineEvent.Read(record) is not { } happened) yield break;
        if (KeyOf(happened.Rollout) is not var (key, number)) yield break;
        var open = string.Create(CultureInfo.InvariantCulture, $"{Open}{key}/{number:D8}");
        if (happened is BaselineEvent.BeforeMeasured opened)
        {
            yield return new(open, FairwayJson.Write(opened));
            yield break;
        }
        var compared = (BaselineEvent.ReleaseCompared)happened;
        var past = load(PastOf(key)) is { } document ? FairwayJson.Read<PastReleases>(document) : PastReleases.None;
        yield return new(open, null);
        yield return new(DoneOf(key, number), FairwayJson.Write(new ComparedRow(compared, past.Usual)));
        if (past.Add(compared) is var next && !ReferenceEquals(next, past)) yield return new(PastOf(key), FairwayJson.Write(next));
        var known = load(ReleaseOf(compared.Release.Digest)) is { } list ? FairwayJson.Read<ImmutableArray<string>>(list) : [];
        yield return new(ReleaseOf(compared.Release.Digest), FairwayJson.Write(known.Add(DoneOf(key, number)).TakeLast(MostOfRelease).ToImmutableArray()));
    }
}
