namespace Fairway.Migrations;

/// <summary>A release's migrations: the <c>.sql</c> files of one folder. Files of other kinds are left alone.</summary>
/// <param name="Files">In order: by number, expand before contract.</param>
/// <param name="Problems">What keeps them from being run at all.</param>
public sealed record MigrationDirectory(ImmutableArray<MigrationFile> Files, ImmutableArray<MigrationFinding> Problems)
{
    /// <summary>Most files that are read.</summary>
    public const int MostFiles = 10_000;

    /// <summary>None.</summary>
    public static MigrationDirectory Empty { get; } = new([], []);

    /// <summary>Files of one phase, in order.</summary>
    public IEnumerable<MigrationFile> Of(MigrationPhase phase) => Files.Where(file => file.Phase == phase);

    /// <summary>The largest number of a contract; 0 without any. A release knows every contract up to it.</summary>
    public long NewestContract => Of(MigrationPhase.Contract).Select(file => file.Number).DefaultIfEmpty().Max();

    /// <summary>Reads a folder.</summary>
    /// <param name="files">Name without a folder, and bytes, of each <c>.sql</c> file.</param>
    public static MigrationDirectory Read(IEnumerable<(string Name, byte[] Content)> files)
    {
        var read = new List<MigrationFile>();
        var problems = ImmutableArray.CreateBuilder<MigrationFinding>();
        foreach (var (name, content) in files.OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            var (file, wrong) = MigrationFile.Read(name, content);
            problems.AddRange(wrong);
            if (file is not null) read.Add(file);
        }
        var ordered = read.OrderBy(file => file.Number).ThenBy(file => file.Phase).ThenBy(file => file.Name, StringComparer.Ordinal).ToImmutableArray();
        for (var i = 1; i < ordered.Length; i++)
            if (ordered[i].Number == ordered[i - 1].Number && ordered[i].Phase == ordered[i - 1].Phase)
                problems.Add(new(ordered[i].Name, 1, "same-number", MigrationSeverity.Error, $"it has the number of {ordered[i - 1].Name}, so their order is not known", "give one of them another number"));
        return new(ordered, problems.ToImmutable());
    }
}
