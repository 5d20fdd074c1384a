using System.Globalization;
using Fairway.Client.Wire;
using static Fairway.Cli.Rendering.Page;

namespace Fairway.Cli.Rendering;

/// <summary><c>fairway environment list</c> and <c>diff</c>.</summary>
internal static class EnvironmentView
{
    public static string Of(IReadOnlyList<EnvironmentInfo> environments, CliContext context)
    {
        var now = context.Time.GetUtcNow();
        return For(context).Columns(["NAME", "AFTER", "PROMOTION", "QUEUE", "GATES", "SERVES"], environments.Select(one => new[]
        {
            Text(one.Name) + (one.Protected ? Style(" protected", "grey") : ""), Text(one.From is { } from ? $"copy of {from}" : one.After.Count == 0 ? "–" : string.Join(", ", one.After)),
            one.From is null ? Text(one.Promotion) : one.Ending ? Style("being torn down", "yellow") : Text($"ends in {Words.Whole((one.Until ?? now) - now)}"), Text(one.Queue), Text(one.Gates ?? "–"),
            Text(string.Join(", ", one.Services.Where(service => service.Version is not null).Select(service => $"{service.Service} {service.Version}"))),
        })).ToString();
    }

    public static string Of(ParityInfo parity, CliContext context)
    {
        var page = For(context);
        if (parity.Differences.Count == 0) return page.Line(Text($"{parity.Left} and {parity.Right} are the same")).ToString();
        page.Columns(["SERVICE", "WHAT", parity.Left.ToUpperInvariant(), parity.Right.ToUpperInvariant(), "WRITTEN AT"], parity.Differences.Select(one => new[]
        {
            Text(one.Service ?? "–"), Text(one.Part == one.Name ? one.Part : $"{one.Part} {one.Name}"), Text(Words.Fit(one.Left ?? "–", 28)), Text(Words.Fit(one.Right ?? "–", 28)),
            Style(string.Join(", ", new[] { one.LeftAt, one.RightAt }.OfType<string>().Distinct(StringComparer.Ordinal)), "grey"),
        }));
        return page.Line(Style(string.Create(CultureInfo.InvariantCulture, $"{parity.Differences.Count} differences"), "grey")).ToString();
    }
}
