using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Fairway.Source;

/// <summary>
/// Looks at a push while it streams by (gitprotocol-pack(5), gitformat-pack(5)): which refs it changes, and the size of each object as its
/// header says, before the object itself has come. What is over a limit is found then, not after it was stored. Nothing is kept but a
/// few numbers.
/// </summary>
/// <param name="limits">How large what is pushed may be.</param>
public sealed class PushScanner(PushLimits limits)
{
    private const int MostCommandBytes = 256 * 1024;
    private const long LargestTree = 64L << 20;
    private readonly DeflateSkimmer _skimmer = new();
    private readonly List<byte> _small = [];
    private readonly ImmutableArray<RefUpdate>.Builder _updates = ImmutableArray.CreateBuilder<RefUpdate>();
    private Part _part;
    private int _lineLength, _commandBytes, _type, _shift;
    private uint _left;
    private long _size;
    private bool _checkedDelta;

    private enum Part { LineLength, Line, PackHeader, ObjectHeader, Offset, Base, Data, Trailer, Broken }

    /// <summary>Bytes so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>What the push wants to change; whole once the pack has begun.</summary>
    public ImmutableArray<RefUpdate> Updates => _updates.ToImmutable();

    /// <summary>What the client can do, such as <c>report-status</c> and <c>side-band-64k</c>.</summary>
    public ImmutableArray<string> Capabilities { get; private set; } = [];

    /// <summary>Looks at the next bytes; what is found ends the push.</summary>
    public PushFinding? Scan(ReadOnlySpan<byte> bytes)
    {
        Bytes += bytes.Length;
        if (Bytes > limits.LargestPush) return Over($"the push is larger than {Size(limits.LargestPush)}", "push it in parts, or raise source.repositories.NAME.limits.push");
        while (!bytes.IsEmpty)
        {
            var finding = _part switch
            {
                Part.LineLength => LineLength(ref bytes),
                Part.Line => Line(ref bytes),
                Part.PackHeader => PackHeader(ref bytes),
                Part.ObjectHeader => ObjectHeader(ref bytes),
                Part.Offset => Offset(ref bytes),
                Part.Base => Base(ref bytes),
                Part.Data => Data(ref bytes),
                _ => Rest(ref bytes),
            };
            if (finding is not null) return finding;
        }
        return null;
    }

    private PushFinding? LineLength(ref ReadOnlySpan<byte> bytes)
    {
        if (!Gather(4, ref bytes)) return null;
        var text = Encoding.ASCII.GetString([.. _small]);
        _small.Clear();
        if (!int.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _lineLength)) return Malformed("a line's length is no number");
        if (_lineLength == 0)
        {
            _part = Part.PackHeader;
            return null;
        }
        _commandBytes += _lineLength;
        if (_lineLength < 5 || _commandBytes > MostCommandBytes) return Malformed("it names more branches and tags than any push");
        _part = Part.Line;
        return null;
    }

    private PushFinding? Line(ref ReadOnlySpan<byte> bytes)
    {
        if (!Gather(_lineLength - 4, ref bytes)) return null;
        var line = Encoding.UTF8.GetString([.. _small]).TrimEnd('\n');
        _small.Clear();
        _part = Part.LineLength;
        var end = line.IndexOf('\0', StringComparison.Ordinal);
        if (end >= 0) (line, Capabilities) = (line[..end], [.. line[(end + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        // A shallow clone says so first; git itself judges that.
        if (line.StartsWith("shallow ", StringComparison.Ordinal)) return null;
        if (line.Split(' ', 3) is not [var old, var next, var name] || !RefUpdate.IsHash(old) || !RefUpdate.IsHash(next)) return Malformed("a command is not of git's form");
        _updates.Add(new(name, old, next));
        return null;
    }

    private PushFinding? PackHeader(ref ReadOnlySpan<byte> bytes)
    {
        if (!Gather(12, ref bytes)) return null;
        var header = _small.ToArray().AsSpan();
        _small.Clear();
        if (!header[..4].SequenceEqual("PACK"u8)) return Malformed("no pack follows its commands");
        _left = BinaryPrimitives.ReadUInt32BigEndian(header[8..]);
        if (_left > (uint)limits.MostObjects) return Over($"the push brings {_left} objects, and at most {limits.MostObjects} are taken", "push the history in parts, oldest commits first");
        _part = _left == 0 ? Part.Trailer : Part.ObjectHeader;
        return null;
    }

    private PushFinding? ObjectHeader(ref ReadOnlySpan<byte> bytes)
    {
        var value = bytes[0];
        bytes = bytes[1..];
        if (_shift == 0) (_type, _size, _shift) = ((value >> 4) & 7, value & 0xF, 4);
        else
        {
            // A size of more than 60 bits is no file's.
            if (_shift > 56) return Malformed("an object says that it is larger than any disk");
            _size |= (long)(value & 0x7F) << _shift;
            _shift += 7;
        }
        if ((value & 0x80) != 0) return null;
        _shift = 0;
        _checkedDelta = false;
        _skimmer.Reset();
        _part = _type switch { 6 => Part.Offset, 7 => Part.Base, _ => Part.Data };
        return _type is 0 or 5 ? Malformed("an object is of no kind") : JudgeSize(_size, _type is 1 or 2 or 4);
    }

    private PushFinding? JudgeSize(long size, bool isTree)
    {
        if (isTree && size > LargestTree) return Over($"a folder or commit of {Size(size)} is in the push", "no sane tree is that large");
        return size <= limits.LargestFile ? null
            : Over($"a file of {Size(size)} is in the push, and at most {Size(limits.LargestFile)} is taken", "take it out of every commit (`git rebase -i`, `git filter-repo`), keep it outside of git, or raise source.repositories.NAME.limits.file");
    }

    private PushFinding? Offset(ref ReadOnlySpan<byte> bytes)
    {
        if ((bytes[0] & 0x80) == 0) _part = Part.Data;
        bytes = bytes[1..];
        return null;
    }

    private PushFinding? Base(ref ReadOnlySpan<byte> bytes)
    {
        // SHA-256 repositories are not made here.
        if (!Gather(20, ref bytes)) return null;
        _small.Clear();
        _part = Part.Data;
        return null;
    }

    private PushFinding? Data(ref ReadOnlySpan<byte> bytes)
    {
        var ended = _skimmer.Advance(ref bytes);
        if (ended is false || _skimmer.Output > _size || (ended is true && _skimmer.Output != _size)) return Malformed("an object is not as large as it says, or is damaged");
        if (_type is 6 or 7 && !_checkedDelta && (ended is true || _skimmer.Head.Length == DeflateSkimmer.HeadLength))
        {
            _checkedDelta = true;
            if (ResultSize(_skimmer.Head) is not { } result) return Malformed("a difference does not say what comes of it");
            if (JudgeSize(result, isTree: false) is { } finding) return finding;
        }
        if (ended is null) return null;
        _part = --_left == 0 ? Part.Trailer : Part.ObjectHeader;
        return null;
    }

    private static PushFinding? Rest(ref ReadOnlySpan<byte> bytes)
    {
        bytes = [];
        return null;
    }

    // A difference begins with two sizes, little-endian in groups of seven bits: of what it starts from, and of what comes of it.
    private static long? ResultSize(ReadOnlySpan<byte> head)
    {
        long size = 0;
        var at = 0;
        for (var number = 0; number < 2; number++)
        {
            size = 0;
            for (var shift = 0; ; shift += 7)
            {
                if (at >= head.Length || shift > 56) return null;
                size |= (long)(head[at] & 0x7F) << shift;
                if ((head[at++] & 0x80) == 0) break;
            }
        }
        return size;
    }

    private bool Gather(int wanted, ref ReadOnlySpan<byte> bytes)
    {
        var take = Math.Min(wanted - _small.Count, bytes.Length);
        _small.AddRange(bytes[..take]);
        bytes = bytes[take..];
        return _small.Count == wanted;
    }

    private PushFinding Malformed(string what) => Over($"this is no push as git makes it: {what}", "push again with an up-to-date git");

    private PushFinding Over(string what, string mend)
    {
        _part = Part.Broken;
        return new(what, mend);
    }

    private static string Size(long bytes) => bytes >= 1L << 30 ? $"{(bytes / (double)(1L << 30)).ToString("0.#", CultureInfo.InvariantCulture)} GiB"
        : bytes >= 1 << 20 ? $"{(bytes / (double)(1 << 20)).ToString("0.#", CultureInfo.InvariantCulture)} MiB" : $"{bytes} bytes";
}
