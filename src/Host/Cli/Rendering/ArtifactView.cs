using System.Globalization;
using Fairway.Client.Wire;
using static Fairway.Cli.Rendering.Page;

namespace Fairway.Cli.Rendering;

/// <summary><c>fairway artifact list</c>, <c>show</c>, <c>verify</c> and <c>gc</c>.</summary>
internal static class ArtifactView
{
    private const int Widest = 34;

    /// <summary>A line for each, with the reason for which it is kept in a word.</summary>
    public static string Of(IReadOnlyList<ArtifactInfo> artifacts, CliContext context)
    {
        var page = For(context);
        if (artifacts.Count == 0) return page.Line("no artifacts").ToString();
        return page.Columns(["ARTIFACT", "STORED", ">SIZE", "RELEASES", "KEPT"], artifacts.Select(one => new[]
        {
            Words.Short(one.Digest), At(one.StoredAt), Size(one.Bytes), Text(Words.Fit(Releases(one), Math.Max(10, Math.Min(Widest, page.Width - 57)))),
            one.Kept ? Text(one.Why.Code) : Style("no", "yellow"),
        })).ToString();
    }

    /// <summary>All that is known of one.</summary>
    public static string Of(ArtifactInfo one, CliContext context)
    {
        var page = For(context).Line(Text(one.Digest));
        Row(page, "stored", $"{At(one.StoredAt)}, {Size(one.Bytes)}{(one.IsImage ? ", a container image" : "")}");
        Row(page, "releases", Releases(one));
        Row(page, one.Kept ? "kept" : "not kept", one.Why.Sentence);
        foreach (var said in one.Attestations)
        {
            page.Line($"  {(said.Passed ? "[green]passed[/]" : "[red]FAILED[/]")}    {Text(said.Kind)}");
            page.Sentence(said.Summary, 12).Sentence($"{said.By}, {At(said.At)}{(said.Run is { } run ? $", run {run}" : "")}", 12, "grey");
        }
        return page.ToString();
    }

    /// <summary>Whether its bytes and its provenance are as they should be.</summary>
    public static string Of(ArtifactVerification answer, bool withBytes, CliContext context)
    {
        var page = For(context);
        if (answer.Damage is { } damage) Row(page, "bytes", damage);
        else if (withBytes) Row(page, "bytes", "each is as it was stored");
        return Row(page, "provenance", answer.Why.Sentence).ToString();
    }

    /// <summary>What went or would go, and why.</summary>
    public static string Of(CollectInfo done, CliContext context)
    {
        var page = For(context);
        foreach (var one in done.Decisions)
            page.Line($"{State(one),-13} {Words.Short(one.Digest)}  {Size(one.Bytes),10}").Sentence(one.Why.Sentence, 14, "grey");
        var gone = done.Decisions.Where(one => done.DryRun ? one.Removes : done.Removed.Contains(one.Digest, StringComparer.Ordinal)).ToArray();
        return page.Line($"{gone.Length.ToString(CultureInfo.InvariantCulture)} {(done.DryRun ? "would go" : "removed")}, {Size(gone.Sum(one => one.Bytes))}").ToString();

        string State(CollectDecision one) => !one.Removes ? "kept" : done.DryRun ? "would go" : done.Removed.Contains(one.Digest, StringComparer.Ordinal) ? "removed" : "[yellow]not removed[/]  ";
    }

    /// <summary>An amount of bytes.</summary>
    public static string Size(long bytes) => bytes < 1 << 20 ? string.Create(CultureInfo.InvariantCulture, $"{(bytes + 1023) >> 10} KiB") : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MiB");

    private static string Releases(ArtifactInfo one) => one.Releases.Count > 0 ? string.Join(", ", one.Releases) : one.IsImage ? "image" : "–";

    private static Page Row(Page page, string name, string text)
    {
        var lines = Words.Wrap(text, page.Width - 12).ToArray();
        page.Line(Style($"  {name,-10}", "grey") + Text(lines[0]));
        foreach (var more in lines[1..]) page.Line(new string(' ', 12) + Text(more));
        return page;
    }

    private static string At(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
