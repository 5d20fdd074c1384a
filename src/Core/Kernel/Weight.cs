using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fairway.Kernel;

/// <summary>A share of traffic in basis points: 0 is none, 10,000 is all. Two arms of a split always sum to <see cref="Full"/>.</summary>
[JsonConverter(typeof(WeightJson))]
public readonly record struct Weight : IComparable<Weight>
{
    private Weight(int basisPoints) => BasisPoints = basisPoints;

    /// <summary>Hundredths of a percent, 0 to 10,000.</summary>
    public int BasisPoints { get; }

    /// <summary>The same share in percent, 0 to 100.</summary>
    public decimal Percent => BasisPoints / 100m;

    /// <summary>No traffic.</summary>
    public static Weight Zero => default;

    /// <summary>All traffic.</summary>
    public static Weight Full => new(10_000);

    /// <summary>What is left for the other arm.</summary>
    public Weight Remainder => new(10_000 - BasisPoints);

    /// <summary>A weight from hundredths of a percent.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside 0 to 10,000.</exception>
    public static Weight FromBasisPoints(int basisPoints)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(basisPoints);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(basisPoints, 10_000);
        return new(basisPoints);
    }

    /// <summary>A weight from percent, rounded to the nearest basis point.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside 0 to 100.</exception>
    public static Weight FromPercent(decimal percent) => FromBasisPoints((int)Math.Round(percent * 100m));

    /// <inheritdoc/>
    public int CompareTo(Weight other) => BasisPoints.CompareTo(other.BasisPoints);

    public static bool operator <(Weight left, Weight right) => left.BasisPoints < right.BasisPoints;

    public static bool operator >(Weight left, Weight right) => left.BasisPoints > right.BasisPoints;

    public static bool operator <=(Weight left, Weight right) => left.BasisPoints <= right.BasisPoints;

    public static bool operator >=(Weight left, Weight right) => left.BasisPoints >= right.BasisPoints;

    /// <summary>As people write it: <c>10%</c>, <c>0.5%</c>.</summary>
    public override string ToString() => Percent.ToString("0.##", CultureInfo.InvariantCulture) + "%";

    private sealed class WeightJson : JsonConverter<Weight>
    {
        public override Weight Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
            => reader.TryGetInt32(out var points) && points is >= 0 and <= 10_000
                ? new Weight(points)
                : throw new JsonException("a weight is a whole number of basis points, 0 to 10000");

        public override void Write(Utf8JsonWriter writer, Weight value, JsonSerializerOptions options) => writer.WriteNumberValue(value.BasisPoints);
    }
}
