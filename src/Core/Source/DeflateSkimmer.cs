namespace Fairway.Source;

/// <summary>
/// Finds the end of a zlib stream (RFC 1950, RFC 1951) as it comes in, piece by piece, and counts what it would become, without making it:
/// a gigabyte of zeros costs as much as its packed bytes. The checksum is not verified; whoever unpacks does.
/// </summary>
internal sealed class DeflateSkimmer
{
    /// <summary>How many of the first bytes are kept in <see cref="Head"/>.</summary>
    public const int HeadLength = 24;

    private static readonly ushort[] LengthBase = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
    private static readonly byte[] LengthBits = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
    private static readonly ushort[] DistanceBase = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
    private static readonly byte[] Order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    private static readonly PrefixCode FixedLiterals = PrefixCode.Fixed(288, symbol => symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8)!;
    private static readonly PrefixCode FixedDistances = PrefixCode.Fixed(30, _ => 5)!;

    private readonly byte[] _lengths = new byte[320];
    private readonly byte[] _head = new byte[HeadLength];
    private PrefixCode? _literals, _distances, _lengthCode;
    private ulong _bits;
    private int _count, _stored, _read, _wanted, _literalCount, _symbol, _match;
    private bool _last;
    private Step _step;

    private enum Step { Header, Block, StoredLength, Stored, Counts, CodeLengths, Lengths, Symbol, LengthExtra, Distance, DistanceExtra, Checksum, Done }

    /// <summary>Bytes that it becomes, so far.</summary>
    public long Output { get; private set; }

    /// <summary>The first bytes of what it becomes, as far as they are known.</summary>
    public ReadOnlySpan<byte> Head => _head.AsSpan(0, (int)Math.Min(Output, HeadLength));

    /// <summary>Begins a new stream.</summary>
    public void Reset() => (_bits, _count, _last, _step, Output) = (0, 0, false, Step.Header, 0);

    /// <summary>Takes what it needs of the input. True: the stream ended, the rest is not its. Null: it needs more. False: it is no such stream.</summary>
    public bool? Advance(ref ReadOnlySpan<byte> input)
    {
        while (_step != Step.Done)
            if (Take(ref input) is not true and var stop) return stop;
        return true;
    }

    private bool? Take(ref ReadOnlySpan<byte> input)
    {
        switch (_step)
        {
            case Step.Header:
                if (!Need(16, ref input)) return null;
                var header = Pull(16);
                var (method, flags) = (header & 0xFF, header >> 8);
                return (method & 0xF) == 8 && ((method << 8) + flags) % 31 == 0 && (flags & 0x20) == 0 && Go(Step.Block);
            case Step.Block:
                return Block(ref input);
            case Step.StoredLength:
                return StoredLength(ref input);
            case Step.Stored:
                return Stored(ref input);
            case Step.Counts:
                if (!Need(14, ref input)) return null;
                (_literalCount, var distances, _wanted, _read) = (Pull(5) + 257, Pull(5) + 1, Pull(4) + 4, 0);
                _stored = distances;
                Array.Clear(_lengths);
                return _literalCount <= 286 && distances <= 30 && Go(Step.CodeLengths);
            case Step.CodeLengths:
                return CodeLengths(ref input);
            case Step.Lengths:
                return Lengths(ref input);
            case Step.Checksum:
                if (!Need(32, ref input)) return null;
                Pull(32);
                return Go(Step.Done);
            default:
                return Symbols(ref input);
        }
    }

    private bool? Block(ref ReadOnlySpan<byte> input)
    {
        if (_last)
        {
            Pull(_count % 8);
            return Go(Step.Checksum);
        }
        if (!Need(3, ref input)) return null;
        _last = Pull(1) == 1;
        switch (Pull(2))
        {
            case 0:
                Pull(_count % 8);
                return Go(Step.StoredLength);
            case 1:
                (_literals, _distances) = (FixedLiterals, FixedDistances);
                return Go(Step.Symbol);
            case 2:
                return Go(Step.Counts);
            default:
                return false;
        }
    }

    private bool? StoredLength(ref ReadOnlySpan<byte> input)
    {
        if (!Need(32, ref input)) return null;
        _stored = Pull(16);
        return (_stored ^ 0xFFFF) == Pull(16) && Go(Step.Stored);
    }

    private bool? Stored(ref ReadOnlySpan<byte> input)
    {
        while (_stored > 0 && _count >= 8)
        {
            Emit((byte)Pull(8));
            _stored--;
        }
        for (; _stored > 0 && !input.IsEmpty && Output < HeadLength; _stored--)
        {
            Emit(input[0]);
            input = input[1..];
        }
        var here = Math.Min(_stored, input.Length);
        Output += here;
        _stored -= here;
        input = input[here..];
        return _stored > 0 ? null : Go(Step.Block);
    }

    private bool? CodeLengths(ref ReadOnlySpan<byte> input)
    {
        for (; _read < _wanted; _read++)
        {
            if (!Need(3, ref input)) return null;
            _lengths[Order[_read]] = (byte)Pull(3);
        }
        _lengthCode = PrefixCode.Of(_lengths.AsSpan(0, 19));
        if (_lengthCode is null) return false;
        Array.Clear(_lengths);
        (_read, _wanted) = (0, _literalCount + _stored);
        return Go(Step.Lengths);
    }

    private bool? Lengths(ref ReadOnlySpan<byte> input)
    {
        while (_read < _wanted)
        {
            // The longest is seven bits of code and seven of a count; a code that is read is taken only with its count.
            Need(14, ref input);
            if (_lengthCode!.Find(_bits, _count, out var symbol, out var size) is not true and var stop) return stop;
            var extra = symbol switch { 16 => 2, 17 => 3, 18 => 7, _ => 0 };
            if (_count < size + extra) return null;
            Pull(size);
            if (symbol < 16)
            {
                _lengths[_read++] = (byte)symbol;
                continue;
            }
            var times = Pull(extra) + (symbol == 18 ? 11 : 3);
            if (_read + times > _wanted || (symbol == 16 && _read == 0)) return false;
            _lengths.AsSpan(_read, times).Fill(symbol == 16 ? _lengths[_read - 1] : (byte)0);
            _read += times;
        }
        (_literals, _distances) = (PrefixCode.Of(_lengths.AsSpan(0, _literalCount)), PrefixCode.Of(_lengths.AsSpan(_literalCount, _wanted - _literalCount)));
        return _literals is not null && _distances is not null && Go(Step.Symbol);
    }

    private bool? Symbols(ref ReadOnlySpan<byte> input)
    {
        while (true)
        {
            bool? found;
            switch (_step)
            {
                case Step.Symbol:
                    found = Find(_literals!, ref input);
                    if (found is not true) return found;
                    if (_symbol == 256) return Go(Step.Block);
                    if (_symbol < 256) Emit((byte)_symbol);
                    else if (_symbol > 285) return false;
                    else Go(Step.LengthExtra);
                    break;
                case Step.LengthExtra:
                    if (!Need(LengthBits[_symbol - 257], ref input)) return null;
                    _match = LengthBase[_symbol - 257] + Pull(LengthBits[_symbol - 257]);
                    Go(Step.Distance);
                    break;
                case Step.Distance:
                    found = Find(_distances!, ref input);
                    if (found is not true) return found;
                    if (_symbol > 29) return false;
                    Go(Step.DistanceExtra);
                    break;
                default:
                    var extra = _symbol < 4 ? 0 : (_symbol - 2) / 2;
                    if (!Need(extra, ref input)) return null;
                    var distance = DistanceBase[_symbol] + Pull(extra);
                    if (distance > Output) return false;
                    Repeat(distance);
                    Go(Step.Symbol);
                    break;
            }
        }
    }

    private bool? Find(PrefixCode code, ref ReadOnlySpan<byte> input)
    {
        Need(PrefixCode.Longest, ref input);
        if (code.Find(_bits, _count, out _symbol, out var size) is not true and var stop) return stop;
        Pull(size);
        return true;
    }

    private void Repeat(int distance)
    {
        for (; _match > 0 && Output < HeadLength; _match--) Emit(_head[Output - distance]);
        Output += _match;
    }

    private void Emit(byte value)
    {
        if (Output < HeadLength) _head[Output] = value;
        Output++;
    }

    // As many bits as there are, up to what is wanted: bytes that are not needed stay in the input.
    private bool Need(int bits, ref ReadOnlySpan<byte> input)
    {
        while (_count < bits && !input.IsEmpty)
        {
            _bits |= (ulong)input[0] << _count;
            _count += 8;
            input = input[1..];
        }
        return _count >= bits;
    }

    private int Pull(int bits)
    {
        var value = (int)(_bits & ((1UL << bits) - 1));
        _bits >>= bits;
        _count -= bits;
        return value;
    }

    private bool Go(Step next)
    {
        _step = next;
        return true;
    }
}
