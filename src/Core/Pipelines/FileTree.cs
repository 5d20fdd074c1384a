using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Fairway.Pipelines;

/// <summary>What an entry of a tree is.</summary>
public enum TreeEntryKind
{
    /// <summary>A file.</summary>
    File,

    /// <summary>A file that may be executed.</summary>
    Program,

    /// <summary>A symbolic link.</summary>
    Link,
}

/// <summary>An entry of a tree.</summary>
/// <param name="Path">Relative, with <c>/</c>, without <c>.</c> and <c>..</c>.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Content">Digest of a file's content, <c>sha256:…</c>; a link's target as it is written.</param>
/// <param name="Bytes">Of a file's content.</param>
public sealed record TreeEntry(string Path, TreeEntryKind Kind, string Content, long Bytes);

/// <summary>Files by their content: what a job reads, and what it makes.</summary>
/// <param name="Entries">By path in ordinal order, each once.</param>
public sealed record FileTree(ImmutableArray<TreeEntry> Entries)
{
    /// <summary>Most entries of a tree.</summary>
    public const int MostEntries = 1_000_000;

    /// <summary>Without anything.</summary>
    public static FileTree Empty { get; } = new([]);

    /// <summary>Of entries in any order; of two with one path the last counts.</summary>
    public static FileTree Of(IEnumerable<TreeEntry> entries)
    {
        var byPath = new SortedDictionary<string, TreeEntry>(StringComparer.Ordinal);
        foreach (var entry in entries) byPath[entry.Path] = entry;
        return new([.. byPath.Values]);
    }

    /// <summary>All contents together.</summary>
    public long Bytes => Entries.Sum(entry => entry.Bytes);

    /// <summary>Its digest: SHA-256 over a line for each entry, in order, with every length written out.</summary>
    public string Digest
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData("fairway tree 1\n"u8);
            foreach (var entry in Entries)
                hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
                    $"{entry.Kind} {Encoding.UTF8.GetByteCount(entry.Path)} {entry.Path} {Encoding.UTF8.GetByteCount(entry.Content)} {entry.Content}\n")));
            return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>The entries that patterns select; all without patterns.</summary>
    public FileTree Select(ImmutableArray<string> patterns)
    {
        if (patterns.IsEmpty) return this;
        var selection = new FileSelection(patterns);
        return new([.. Entries.Where(entry => selection.Takes(entry.Path))]);
    }

    /// <inheritdoc/>
    public bool Equals(FileTree? other) => other is not null && Entries.AsSpan().SequenceEqual(other.Entries.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => Entries.Length;
}
