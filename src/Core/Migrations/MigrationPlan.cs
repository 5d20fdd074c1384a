using Fairway.Kernel;

namespace Fairway.Migrations;

/// <summary>What a plan is made for.</summary>
/// <param name="Version">Version of the release whose files are looked at.</param>
/// <param name="Serving">Version of the release that serves; null when none does.</param>
/// <param name="Contract">What holds of a contract whose header says nothing.</param>
/// <param name="OutOfOrder">Whether a file may come before one that has run.</param>
public sealed record MigrationQuestion(string Version, string? Serving, Compatibility Contract, bool OutOfOrder)
{
    /// <summary>A contract that failed and was not mended: nothing is added meanwhile. Null when there is none.</summary>
    public string? Blocked { get; init; }
}

/// <summary>What a release's files and a database's record add up to. Nothing runs where anything is refused.</summary>
public sealed record MigrationPlan
{
    /// <summary>Expands to run, in order.</summary>
    public ImmutableArray<MigrationFile> Expands { get; init; } = [];

    /// <summary>Contracts to run, in order.</summary>
    public ImmutableArray<MigrationFile> Contracts { get; init; } = [];

    /// <summary>Why nothing may run; null when it may.</summary>
    public Why? Refused { get; init; }

    /// <summary>What a person should know; sentences.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>Compares.</summary>
    /// <param name="directory">The release's files.</param>
    /// <param name="applied">What the database has of this service.</param>
    /// <param name="question">What for.</param>
    public static MigrationPlan Of(MigrationDirectory directory, IReadOnlyCollection<AppliedMigration> applied, MigrationQuestion question)
    {
        var done = applied.ToDictionary(one => one.Name, StringComparer.Ordinal);
        var pending = directory.Files.Where(file => !done.ContainsKey(file.Name)).ToArray();
        var plan = new MigrationPlan
        {
            Expands = [.. pending.Where(file => file.Phase == MigrationPhase.Expand)], Contracts = [.. pending.Where(file => file.Phase == MigrationPhase.Contract)],
        };
        plan = plan with { Notes = [.. Older(directory, applied)] };
        return plan with { Refused = Broken(directory) ?? Changed(directory, done) ?? Missing(directory, applied, question) ?? Order(plan, applied, question) ?? Hurts(plan, question) ?? Blocked(plan, question) };
    }

    /// <summary>Which releases still work once a file has run that they do not have.</summary>
    public static Compatibility CompatibilityOf(MigrationFile file, Compatibility contract)
        => file.Compatible ?? (file.Phase == MigrationPhase.Expand ? Compatibility.Every : contract);

    private static Why? Broken(MigrationDirectory directory) => directory.Problems is [var first, ..]
        ? Why.Because("migrations-broken", "{file}:{line}: {what}; {mend}", ("file", first.File), ("line", first.Line), ("what", first.What), ("mend", first.Mend), ("problems", directory.Problems.Length))
        : null;

    private static Why? Changed(MigrationDirectory directory, Dictionary<string, AppliedMigration> done)
    {
        var changed = directory.Files.FirstOrDefault(file => done.TryGetValue(file.Name, out var before) && before.Checksum != file.Checksum);
        return changed is null ? null : Why.Because("migration-changed",
            "{file} was changed after {version} had run it in {rollout} (it was {before}, it is {after}); put it back as it was, and write what is new into a new file",
            ("file", changed.Name), ("version", done[changed.Name].Version), ("rollout", done[changed.Name].Rollout), ("before", Short(done[changed.Name].Checksum)), ("after", Short(changed.Checksum)));
    }

    // A file that the release does not have: deleted from the middle, or made after the release was.
    private static Why? Missing(MigrationDirectory directory, IReadOnlyCollection<AppliedMigration> applied, MigrationQuestion question)
    {
        var newest = directory.Files.Select(file => file.Number).DefaultIfEmpty(-1).Max();
        var own = directory.Files.Select(file => file.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var one in applied.OrderBy(one => one.Seq))
        {
            if (own.Contains(one.Name)) continue;
            if (!one.Compatible.Covers(question.Version))
                return Why.Because("release-too-old", "{version} does not work with this database any more: {file} was run by {other} in {rollout}; ship a release that has it",
                    ("version", question.Version), ("file", one.Name), ("other", one.Version), ("rollout", one.Rollout));
            if (NumberOf(one.Name) <= newest)
                return Why.Because("migration-missing", "{file} was run by {other} in {rollout}, but {version} does not have it although it has later ones; put it back",
                    ("file", one.Name), ("other", one.Version), ("rollout", one.Rollout), ("version", question.Version));
        }
        return null;
    }

    private static Why? Order(MigrationPlan plan, IReadOnlyCollection<AppliedMigration> applied, MigrationQuestion question)
    {
        if (question.OutOfOrder) return null;
        var last = applied.Where(one => one.Phase == MigrationPhase.Expand).MaxBy(one => NumberOf(one.Name));
        return last is not null && plan.Expands.FirstOrDefault(file => file.Number < NumberOf(last.Name)) is { } late
            ? Why.Because("migration-out-of-order", "{file} comes before {last}, which has run already; give it a number after that, or set `database.outOfOrder: true` where the order does not matter",
                ("file", late.Name), ("last", last.Name))
            : null;
    }

    private static Why? Hurts(MigrationPlan plan, MigrationQuestion question)
        => question.Serving is { } serving && plan.Expands.FirstOrDefault(file => file.Compatible is { } said && !said.Covers(serving)) is { } file
            ? Why.Because("migration-incompatible", "{file} says that {serving}, which serves, does not work with it; make it a .contract.sql, or ship what is compatible first",
                ("file", file.Name), ("serving", serving))
            : null;

    private static Why? Blocked(MigrationPlan plan, MigrationQuestion question) => question.Blocked is { } failed && plan.Expands is [var first, ..]
        ? Why.Because("contract-failed-before", "{file} waits, because the contract {failed} failed and nothing is added on top of it; mend what it needs and run it with `fairway migration contract`",
            ("file", first.Name), ("failed", failed))
        : null;

    private static IEnumerable<string> Older(MigrationDirectory directory, IReadOnlyCollection<AppliedMigration> applied)
    {
        var own = directory.Files.Select(file => file.Name).ToHashSet(StringComparer.Ordinal);
        var newer = applied.Where(one => !own.Contains(one.Name)).OrderBy(one => one.Seq).ToArray();
        if (newer.Length > 0)
            yield return $"the database has {newer.Length} migration{(newer.Length == 1 ? "" : "s")} that this release does not have, the newest {newer[^1].Name} of {newer[^1].Version}; it works with them";
    }

    private static long NumberOf(string name)
    {
        var digits = 0;
        while (digits < name.Length && char.IsAsciiDigit(name[digits])) digits++;
        return long.TryParse(name.AsSpan(0, digits), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    private static string Short(string checksum) => checksum.Length > 19 ? checksum[7..19] : checksum;
}
