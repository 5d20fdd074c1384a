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

    /// <summary>What differs: for each side the line that says so, and what it says. The line is never cut, the value is.</summary>
    public static string Of(ParityInfo parity, CliContext context)
    {
        var page = For(context);
        if (parity.Differences.Count == 0) return page.Line(Text($"{parity.Left} and {parity.Right} are the same")).ToString();
        var names = Math.Max(parity.Left.Length, parity.Right.Length);
        var places = parity.Differences.SelectMany(one => new[] { Place(one, one.Left, one.LeftAt), Place(one, one.Right, one.RightAt) }).Max(place => place.Length);
        foreach (var one in parity.Differences)
        {
            page.Line($"{Style(one.Service ?? "environment", "bold")} {Text(one.Part == one.Name ? one.Part : $"{one.Part} {one.Name}")}");
            page.Line(Side(parity.Left, one.Left, Place(one, one.Left, one.LeftAt)));
            page.Line(Side(parity.Right, one.Right, Place(one, one.Right, one.RightAt)));
        }
        return page.Line(Style(Words.Many(parity.Differences.Count, "difference"), "grey")).ToString();

        string Side(string name, string? value, string place)
            => $"  {Text(name.PadRight(names))}  {Style(place.PadRight(places), "grey")}  {Text(Words.Fit(value ?? "–", Math.Max(10, context.Size().Width - names - places - 6)))}";
    }

    private static string Place(ParityDifferenceInfo one, string? value, string? at) => at ?? (one.Part == "version" ? "serves" : value is null ? "not written" : "by default");
}
