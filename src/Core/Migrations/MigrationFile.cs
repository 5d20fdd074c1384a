using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using NodaTime;

namespace Fairway.Migrations;

/// <summary>When in a rollout a migration runs.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MigrationPhase>))]
public enum MigrationPhase
{
    /// <summary>Before any instance of the release starts: adds, and takes nothing from the release that serves.</summary>
    Expand,

    /// <summary>After the guard, when nobody goes back any more: takes away what only earlier releases needed.</summary>
    Contract,
}

/// <summary>
/// A file with SQL: <c>0007_add_email.sql</c> or <c>0007_add_email.expand.sql</c>, and <c>0007_add_email.contract.sql</c>. Read, never changed.
/// </summary>
public sealed partial record MigrationFile
{
    /// <summary>Largest file that is read, in bytes.</summary>
    public const int LargestBytes = 1 << 20;

    /// <summary>The file's name, without a folder.</summary>
    public required string Name { get; init; }

    /// <summary>The number before the name: the order within a phase.</summary>
    public required long Number { get; init; }

    /// <summary>When it runs.</summary>
    public required MigrationPhase Phase { get; init; }

    /// <summary><c>sha256:</c> and 64 hex digits over its text, line ends as <c>\n</c>.</summary>
    public required string Checksum { get; init; }

    /// <summary>Its statements in order.</summary>
    public required ImmutableArray<SqlStatement> Statements { get; init; }

    /// <summary>What its header says of earlier releases; null when it says nothing: an expand leaves every release working, a contract is as the service says.</summary>
    public Compatibility? Compatible { get; init; }

    /// <summary>Longest wait for a lock, from its header; null is the service's.</summary>
    public Duration? LockTimeout { get; init; }

    /// <summary>Longest run of one statement, from its header; null is the service's.</summary>
    public Duration? StatementTimeout { get; init; }

    /// <summary>Checks that its header sets aside, with the reason given.</summary>
    public ImmutableSortedDictionary<string, string> Allowed { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Whether it is applied as a whole or not at all: no statement of it must be outside of a transaction.</summary>
    public bool IsWhole => !Statements.Any(statement => statement.NeedsNoTransaction);

    /// <summary>Reads a file.</summary>
    /// <param name="name">Its name, without a folder.</param>
    /// <param name="content">Its bytes.</param>
    /// <returns>The file, null when the name says nothing, or the text is none; and everything that is wrong with it.</returns>
    internal static (MigrationFile? File, ImmutableArray<MigrationFinding> Problems) Read(string name, ReadOnlySpan<byte> content)
    {
        if (NameOf().Match(name) is not { Success: true } match || !long.TryParse(match.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return (null, [Problem(1, "file-name", Misnamed(name), "name it by number, words and phase, such as 0007_add_email.expand.sql")]);
        if (Decode(content) is not { } text) return (null, [Problem(1, "not-text", "it is no UTF-8 text", "store it as UTF-8, without NUL characters")]);
        var problems = ImmutableArray.CreateBuilder<MigrationFinding>();
        var (statements, broken) = SqlStatement.Split(text);
        if (broken is { } at) problems.Add(Problem(at.Line, "not-sql", $"there is {at.Problem}", "write SQL that `psql -f` would take"));
        else if (statements.IsEmpty) problems.Add(Problem(1, "empty", "it has no statement", "write one, or delete the file"));
        var file = new MigrationFile
        {
            Name = name, Number = number, Phase = match.Groups["phase"].Value == "contract" ? MigrationPhase.Contract : MigrationPhase.Expand,
            Checksum = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), Statements = statements,
        };
        return (MigrationHeader.Read(file, text, problems), problems.ToImmutable());

        MigrationFinding Problem(int line, string code, string what, string mend) => new(name, line, code, MigrationSeverity.Error, what, mend);
    }

    private static string Misnamed(string name) => name.Contains(".down.", StringComparison.OrdinalIgnoreCase) || name.StartsWith('U')
        ? "it looks like a way back, which is never run: a release that is taken back leaves the expanded schema as it is"
        : "its name does not say when it runs";

    private static string? Decode(ReadOnlySpan<byte> content)
    {
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content);
            return text.Contains('\0', StringComparison.Ordinal) ? null : text.TrimStart('\ufeff').Replace("\r\n", "\n", StringComparison.Ordinal);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^(?<number>[0-9]{1,18})[_\-](?<name>[A-Za-z0-9][A-Za-z0-9_\-]{0,150})(\.(?<phase>expand|contract))?\.sql$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex NameOf();
}
