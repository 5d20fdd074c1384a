using System.Globalization;
using Fairway.Client.Wire;
using static Fairway.Cli.Rendering.Page;

namespace Fairway.Cli.Rendering;

/// <summary><c>fairway token list</c>, <c>session list</c>, <c>grant list</c>, <c>audit search</c>.</summary>
internal static class AccessView
{
    public static string Of(IReadOnlyList<TokenInfo> tokens, CliContext context)
    {
        var now = context.Time.GetUtcNow();
        return Table(context, tokens.Count, "no tokens: `fairway token create` makes one", ["NAME", "ROLES", ">ENDS IN", ">LAST USED", "BY", "ID"], tokens.Select(token => new[]
        {
            Text(token.Name), Text(string.Join(", ", token.Roles)), Words.Whole(token.ExpiresAt - now), Ago(token.LastUsedAt, now), Text(Words.Fit(token.CreatedBy, 16)), Text(token.Id),
        }));
    }

    public static string Of(IReadOnlyList<SessionInfo> sessions, CliContext context)
    {
        var now = context.Time.GetUtcNow();
        return Table(context, sessions.Count, "nobody is signed in: `fairway login` prints a link", ["NAME", "ROLES", "FROM", ">LAST USED", ">ENDS IN", "ID"], sessions.Select(session => new[]
        {
            Text(session.Name), Text(string.Join(", ", session.Roles)), Text(session.Address ?? "–"), Ago(session.LastUsedAt, now), Words.Whole(session.ExpiresAt - now), Text(session.Id),
        }));
    }

    public static string Of(IReadOnlyList<GrantInfo> grants, CliContext context)
    {
        var now = context.Time.GetUtcNow();
        return Table(context, grants.Count, "no grants", ["ID", "FOR", "ROLE", "STATE", ">ENDS IN", "BY", "REASON"], grants.Select(grant => new[]
        {
            Text(grant.Id), Text(grant.For), Text(grant.Role), grant.IsBreakGlass ? Style(grant.Phase + ", glass broken", "red") : Text(grant.Phase),
            grant.Phase is "requested" or "active" && grant.Until > now ? Words.Whole(grant.Until - now) : "–", Text(grant.DecidedBy ?? "–"), Text(Words.Fit(grant.Reason, 40)),
        }));
    }

    /// <summary>Two lines a record: its names are too long for columns of one line.</summary>
    public static string Of(EventPage page, CliContext context)
    {
        var view = For(context);
        if (page.Records.Count == 0) return view.Line(Text("no record matches")).ToString();
        foreach (var record in page.Records)
        {
            var at = TimeZoneInfo.ConvertTime(record.At, context.Time.LocalTimeZone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
            view.Line($"{Text(record.Seq.ToString(CultureInfo.InvariantCulture)),6}  {at}  {Style(record.Type, "bold")}  {Text(record.Stream)}{(record.Actor.Length > 0 ? $"  by {Text(record.Actor)}" : "")}");
            view.Line(Style("        " + Words.Fit(record.Data.GetRawText(), view.Width - 10), "grey"));
        }
        return view.ToString();
    }

    private static string Table(CliContext context, int count, string none, string[] headers, IEnumerable<string[]> rows)
        => (count == 0 ? For(context).Line(Text(none)) : For(context).Columns(headers, rows)).ToString();

    private static string Ago(DateTimeOffset? at, DateTimeOffset now) => at is { } then ? Words.Whole(now - then) + " ago" : "–";
}
