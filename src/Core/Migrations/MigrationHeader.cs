using System.Globalization;
using NodaTime;

namespace Fairway.Migrations;

/// <summary>
/// What a file says of itself in comments before its first statement, one a line: <c>-- fairway: compatible 1.4.0</c>, <c>-- fairway: lockTimeout 10s</c>,
/// <c>-- fairway: statementTimeout 20m</c>, <c>-- fairway: allow CHECK because of this</c>.
/// </summary>
internal static class MigrationHeader
{
    private const string Mark = "-- fairway:";

    public static MigrationFile Read(MigrationFile file, string text, ImmutableArray<MigrationFinding>.Builder problems)
    {
        var before = file.Statements is [var first, ..] ? first.Line : int.MaxValue;
        var line = 0;
        foreach (var written in text.AsSpan().EnumerateLines())
        {
            if (++line >= before) break;
            var trimmed = written.Trim();
            if (!trimmed.StartsWith(Mark, StringComparison.OrdinalIgnoreCase)) continue;
            var said = trimmed[Mark.Length..].Trim().ToString();
            var space = said.IndexOf(' ', StringComparison.Ordinal);
            var (key, value) = space < 0 ? (said, "") : (said[..space].TrimEnd(':'), said[(space + 1)..].Trim());
            var (next, problem) = Set(file, key, value);
            if (next is null) problems.Add(new(file.Name, line, "header", MigrationSeverity.Error, problem!, "write compatible, lockTimeout, statementTimeout or allow, and then its value"));
            else file = next;
        }
        return file;
    }

    private static (MigrationFile? File, string? Problem) Set(MigrationFile file, string key, string value) => key switch
    {
        "compatible" => Compatibility.Parse(value) is { } compatible ? (file with { Compatible = compatible }, null) : (null, $"compatible is {Compatibility.Expected}"),
        "lockTimeout" => Time(value) is { } time ? (file with { LockTimeout = time }, null) : (null, "lockTimeout is a time such as 10s"),
        "statementTimeout" => Time(value) is { } time ? (file with { StatementTimeout = time }, null) : (null, "statementTimeout is a time such as 20m"),
        "allow" => Allow(file, value),
        _ => (null, $"\"{(key.Length > 40 ? key[..40] : key)}\" is nothing that a migration says of itself"),
    };

    private static (MigrationFile? File, string? Problem) Allow(MigrationFile file, string value)
    {
        var space = value.IndexOf(' ', StringComparison.Ordinal);
        var code = space < 0 ? value : value[..space];
        if (!MigrationLint.Codes.Contains(code, StringComparer.Ordinal)) return (null, $"there is no check \"{(code.Length > 40 ? code[..40] : code)}\" that may be set aside");
        return space < 0 ? (null, $"it does not say why {code} is allowed here") : (file with { Allowed = file.Allowed.SetItem(code, value[(space + 1)..].Trim()) }, null);
    }

    private static Duration? Time(string text)
    {
        var digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits])) digits++;
        if (!long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count is 0 or > 86_400_000) return null;
        return text[digits..] switch
        {
            "ms" => Duration.FromMilliseconds(count),
            "s" when count <= 86_400 => Duration.FromSeconds(count),
            "m" or "min" when count <= 1_440 => Duration.FromMinutes(count),
            "h" when count <= 24 => Duration.FromHours(count),
            _ => null,
        };
    }
}
