using System.Globalization;
using NodaTime;

namespace Fairway.Policy;

/// <summary>
/// A value of the Common Expression Language. Immutable. <see cref="Equals(CelValue)"/> is the language's own equality: numbers are equal across
/// types when they are the same number, NaN equals nothing.
/// </summary>
public abstract partial class CelValue : IEquatable<CelValue>
{
    private protected CelValue()
    {
    }

    /// <summary>What sort of value it is.</summary>
    public abstract CelKind Kind { get; }

    /// <summary>Its type as <c>type(x)</c> names it.</summary>
    public abstract CelType Type { get; }

    /// <summary>How much it holds: one for each part, and one for each eight bytes of text or data. Shared parts count each time.</summary>
    internal virtual long Weight => 1;

    /// <summary>How deep it nests: 1 for what has no parts.</summary>
    internal virtual int Depth => 1;

    /// <summary>Whether it is <c>true</c>.</summary>
    public bool IsTrue => this is CelBool { Value: true };

    /// <inheritdoc/>
    public bool Equals(CelValue? other) => other is not null && CelEquality.AreEqual(this, other, null);

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => obj is CelValue other && Equals(other);

    /// <inheritdoc/>
    public sealed override int GetHashCode() => CelKeys.Hash(this);

    /// <summary>As it would be written in an expression.</summary>
    public override string ToString() => CelText.Of(this);
}

/// <summary><c>null</c></summary>
public sealed class CelNull : CelValue
{
    private CelNull()
    {
    }

    /// <summary>The one value.</summary>
    public static CelNull Value { get; } = new();

    /// <inheritdoc/>
    public override CelKind Kind => CelKind.Null;

    /// <inheritdoc/>
    public override CelType Type => CelType.Null;
}

/// <summary>A truth value.</summary>
public sealed class CelBool : CelValue
{
    private CelBool(bool value) => Value = value;

    /// <summary><c>true</c></summary>
    public static CelBool True { get; } = new(true);

    /// <summary><c>false</c></summary>
    public static CelBool False { get; } = new(false);

    /// <summary>The truth value.</summary>
    public bool Value { get; }

    /// <inheritdoc/>
    public override CelKind Kind => CelKind.Bool;

    /// <inheritdoc/>
    public override CelType Type => CelType.Bool;

    /// <summary>One of the two.</summary>
    public static CelBool Of(bool value) => value ? True : False;
}

/// <summary>A signed integer.</summary>
public sealed class CelInt(long value) : CelValue
{
    private static readonly CelInt[] Small = [.. Enumerable.Range(-16, 144).Select(number => new CelInt(number))];

    /// <summary>The number.</summary>
    public long Value => value;

    /// <inheritdoc/>
    public override CelKind Kind => CelKind.Int;

    /// <inheritdoc/>
    public override CelType Type => CelType.Int;

    /// <summary>That number.</summary>
    public static CelInt Of(long value) => value is >= -16 and < 128 ? Small[value + 16] : new(value);
}

/// <summary>An unsigned integer.</summary>
public sealed class CelUint(ulong value) : CelValue
{
    /// <summary>The number.</summary>
    public ulong Value => value;

    /// <inheritdoc/>
    public override CelKind Kind => CelKind.Uint;

    /// <inheritdoc/>
    public override CelType Type => CelType.Uint;
}

/// <summary>A floating-point number.</summary>
public sealed class CelDouble(double value) : CelValue
{
    /// <summary>The number; may be infinite or NaN.</summary>
    public double Value => value;

    /// <inheritdoc/>
    public override CelKind Kind => CelKind.Double;

    /// <inheritdoc/>
    public override CelType Type => CelType.Double;
}

/// <summary>A text of Unicode code points.</summary>
public sealed class CelString(string value) : CelValue
{
    private int _length = -1;

    /// <summary>The text; never with half a surrogate pair.</summary>
    public string Value => value;

    /// <summary>Number of code points.</summary>
    public int Length => _length < 0 ? _length = CodePointText.Count(value) : _length;

    /// <inheritdoc/>
    public override CelKind Kind => CelKind.String;

    /// <inheritdoc/>
    public override CelType Type => CelType.String;

    internal override long Weight => 1 + (value.Length / 8);
}

/// <summary>Octets.</summary>
public sealed class CelBytes(ImmutableArray<byte> value) : CelValue
{
    /// <summary>The octets.</summary>
    public ImmutableArray<byte> Value => value;

    /// <inheritdoc/>
    public override CelKind Kind => CelKind.Bytes;

    /// <inheritdoc/>
    public override CelType Type => CelType.Bytes;

    internal override long Weight => 1 + (value.Length / 8);
}

/// <summary>An instant from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z.</summary>
public sealed class CelTimestamp(Instant value) : CelValue
{
    internal static readonly Instant Earliest = Instant.FromUtc(1, 1, 1, 0, 0);
    internal static readonly Instant Latest = Instant.FromUtc(9999, 12, 31, 23, 59, 59).PlusNanoseconds(999_999_999);

    /// <summary>The instant.</summary>
    public Instant Value => value;

    /// <inheritdoc/>
    public override CelKind Kind => CelKind.Timestamp;

    /// <inheritdoc/>
    public override CelType Type => CelType.Timestamp;
}

/// <summary>A length of time in nanoseconds, about ±292 years.</summary>
public sealed class CelDuration(long nanoseconds) : CelValue
{
    /// <summary>The length.</summary>
    public long Nanoseconds => nanoseconds;

    /// <summary>The length.</summary>
    public Duration Value => Duration.FromNanoseconds(nanoseconds);

    /// <inheritdoc/>
    public override CelKind Kind => CelKind.Duration;

    /// <inheritdoc/>
    public override CelType Type => CelType.Duration;

    /// <summary>That length, or an error when it is outside the range.</summary>
    public static CelValue Checked(Int128 nanoseconds) => nanoseconds >= long.MinValue && nanoseconds <= long.MaxValue
        ? new CelDuration((long)nanoseconds) : CelError.Of(CelErrorKind.Overflow, "the duration is longer than about 292 years");
}

/// <summary>A type as a value.</summary>
public sealed class CelTypeValue(CelType type) : CelValue
{
    /// <summary>The type that is meant.</summary>
    public CelType Value => type;

    /// <inheritdoc/>
    public override CelKind Kind => CelKind.Type;

    /// <inheritdoc/>
    public override CelType Type => CelType.TypeOf(type);
}
