using System.Globalization;

namespace Fairway.Metrics.Storage;

/// <summary>The blocks of a store. Changed under the head's commit lock; what readers were given stays readable until they let go of it.</summary>
internal sealed class BlockSet
{
    private readonly string _folder;
    private readonly string _broken;
    private Block[] _blocks = [];
    private int _lastSequence;

    private BlockSet(string folder, string broken) => (_folder, _broken) = (folder, broken);

    /// <summary>The blocks, in the order of their numbers.</summary>
    public Block[] All => Volatile.Read(ref _blocks);

    /// <summary>Where they are.</summary>
    public string Folder => _folder;

    /// <summary>Opens all blocks in a folder; broken ones are moved aside.</summary>
    /// <param name="folder">Where blocks are.</param>
    /// <param name="broken">Where broken ones go.</param>
    /// <param name="faults">Gets what was broken.</param>
    public static BlockSet Open(string folder, string broken, List<StorageFault> faults)
    {
        Directory.CreateDirectory(folder);
        DurableFiles.Sweep(folder);
        var set = new BlockSet(folder, broken);
        var blocks = new List<Block>();
        foreach (var path in Directory.GetDirectories(folder).Order(StringComparer.Ordinal))
        {
            if (!int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)) continue;
            set._lastSequence = Math.Max(set._lastSequence, sequence);
            try
            {
                blocks.Add(Block.Open(path));
            }
            catch (InvalidDataException fault)
            {
                faults.Add(new(set.SetAside(path), $"the block is broken and not served: {fault.Message}. It was moved here from {folder}; restore it from a backup or delete it"));
            }
        }

        // A crash between the making of a block and the end of those it stands for.
        var replaced = blocks.SelectMany(b => b.Meta.Parents).ToHashSet();
        foreach (var block in blocks.Where(b => replaced.Contains(b.Meta.Sequence)).ToArray())
        {
            blocks.Remove(block);
            block.Dispose();
            DurableFiles.DeleteFolder(block.Folder);
        }

        set._blocks = [.. blocks];
        return set;
    }

    /// <summary>A number no block has had.</summary>
    public int NextSequence() => ++_lastSequence;

    /// <summary>Takes blocks in and others out at once.</summary>
    public void Replace(IReadOnlyCollection<Block> gone, IEnumerable<Block> came) =>
        Volatile.Write(ref _blocks, [.. _blocks.Except(gone).Concat(came).OrderBy(b => b.Meta.Sequence)]);

    /// <summary>Moves a broken block out of the way; returns where to.</summary>
    public string SetAside(string path)
    {
        Directory.CreateDirectory(_broken);
        var name = Path.Combine(_broken, Path.GetFileName(path));
        var aside = name;
        for (var i = 2; Directory.Exists(aside); i++) aside = string.Create(CultureInfo.InvariantCulture, $"{name}-{i}");
        Directory.Move(path, aside);
        return aside;
    }
}
