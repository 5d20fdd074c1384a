using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Fairway.Edge.Upstream;

namespace Fairway.Edge.Forwarding;

/// <summary>
/// A request's place in its trace (W3C Trace Context). The caller's trace is kept when its <c>traceparent</c> is valid; otherwise a new one begins here. The
/// edge is a span of its own: the instance's parent is the edge's span id.
/// </summary>
internal readonly struct TraceContext
{
    /// <summary>Length of a version 00 <c>traceparent</c>.</summary>
    public const int Length = 55;

    private const int IdLength = 32;
    private const byte Sampled = 1;

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");
    private static readonly ulong Seed = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8));
    private static readonly ulong SeedHigh = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8));
    private static readonly ulong SeedSpan = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8));
    private static ulong _sequence;

    private readonly string? _parent;
    private readonly ulong _high;
    private readonly ulong _low;
    private readonly ulong _span;
    private readonly byte _flags;

    private TraceContext(string? parent, ulong high, ulong low, ulong span, byte flags) => (_parent, _high, _low, _span, _flags) = (parent, high, low, span, flags);

    /// <summary>The caller's trace goes on, so its <c>tracestate</c> does too.</summary>
    public bool Continued => _parent is not null;

    /// <summary>The trace id, 32 hexadecimal digits.</summary>
    public string TraceId => _parent?.Substring(3, IdLength) ?? string.Create(IdLength, this, static (text, self) =>
    {
        Span<byte> bytes = stackalloc byte[IdLength];
        self.WriteTraceId(bytes);
        for (var i = 0; i < text.Length; i++) text[i] = (char)bytes[i];
    });

    /// <summary>The place of a request that came with this <c>traceparent</c>, or none.</summary>
    /// <param name="traceparent">The field's value; null when it is absent or there are several.</param>
    /// <param name="sampleRate">Share of new traces that are marked as sampled.</param>
    public static TraceContext Of(string? traceparent, double sampleRate)
    {
        var sequence = Interlocked.Increment(ref _sequence);
        var span = Mix(SeedSpan + sequence);
        if (traceparent is not null && IsValid(traceparent)) return new(traceparent, 0, 0, span, 0);
        var low = Mix(Seed + sequence);
        var sampled = sampleRate >= 1 || (low >> 11) * (1.0 / (1UL << 53)) < sampleRate;
        return new(null, Mix(SeedHigh + sequence), low, span, sampled ? Sampled : (byte)0);
    }

    /// <summary>Adds the instance's <c>traceparent</c> value.</summary>
    public void Write(WireBuffer buffer)
    {
        var room = buffer.Room(Length);
        "00-"u8.CopyTo(room);
        WriteTraceId(room[3..]);
        room[35] = (byte)'-';
        WriteHex(room[36..], _span);
        room[52] = (byte)'-';
        if (_parent is not null) (room[53], room[54]) = ((byte)_parent[53], (byte)_parent[54]);
        else (room[53], room[54]) = ((byte)'0', (byte)('0' + _flags));
        buffer.Advance(Length);
    }

    /// <summary>Adds the trace id.</summary>
    public void WriteTraceId(Span<byte> room)
    {
        if (_parent is not null)
        {
            System.Text.Encoding.ASCII.GetBytes(_parent.AsSpan(3, IdLength), room);
            return;
        }
        WriteHex(room, _high);
        WriteHex(room[16..], _low);
    }

    // §3.2.2: version ff is invalid, higher versions may be longer, ids are lower case and not all zeros.
    private static bool IsValid(string value)
    {
        if (value.Length < Length || value[2] != '-' || value[35] != '-' || value[52] != '-') return false;
        var version = value.AsSpan(0, 2);
        if (version.ContainsAnyExcept(LowerHex) || version is "ff") return false;
        if (version is "00" ? value.Length != Length : value.Length > Length && value[Length] != '-') return false;
        var trace = value.AsSpan(3, IdLength);
        var span = value.AsSpan(36, 16);
        var flags = value.AsSpan(53, 2);
        return !trace.ContainsAnyExcept(LowerHex) && !span.ContainsAnyExcept(LowerHex) && !flags.ContainsAnyExcept(LowerHex)
            && trace.ContainsAnyExcept('0') && span.ContainsAnyExcept('0');
    }

    private static void WriteHex(Span<byte> room, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        Convert.TryToHexStringLower(bytes, room, out _);
    }

    // The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection, so ids of one process never repeat, and none is zero in practice.
    private static ulong Mix(ulong value)
    {
        value *= 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        value ^= value >> 31;
        return value == 0 ? 1 : value;
    }
}
