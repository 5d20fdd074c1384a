namespace Fairway.Policy;

/// <summary>Equality and order of values, as the language definition has them.</summary>
internal static class CelEquality
{
    /// <summary>Whether two values are equal. Values of different types are not, but numbers are compared as numbers.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <param name="meter">Pays for each part that is compared; null compares for free.</param>
    public static bool AreEqual(CelValue left, CelValue right, CelMeter? meter)
    {
        meter?.Charge(1);
        switch (left, right)
        {
            case (CelInt or CelUint or CelDouble, CelInt or CelUint or CelDouble):
                return CompareNumbers(left, right) == 0;
            case (CelString one, CelString other):
                meter?.ChargeText(Math.Min(one.Value.Length, other.Value.Length));
                return one.Value == other.Value;
            case (CelBytes one, CelBytes other):
                meter?.ChargeText(Math.Min(one.Value.Length, other.Value.Length));
                return one.Value.AsSpan().SequenceEqual(other.Value.AsSpan());
            case (CelBool one, CelBool other):
                return one.Value == other.Value;
            case (CelNull, CelNull):
                return true;
            case (CelTimestamp one, CelTimestamp other):
                return one.Value == other.Value;
            case (CelDuration one, CelDuration other):
                return one.Nanoseconds == other.Nanoseconds;
            case (CelTypeValue one, CelTypeValue other):
                return one.Value.Name == other.Value.Name;
            case (CelOptional one, CelOptional other):
                return one.Value is null || other.Value is null ? one.Value is null && other.Value is null : AreEqual(one.Value, other.Value, meter);
            case (CelList one, CelList other):
                return AreEqual(one, other, meter);
            case (CelMap one, CelMap other):
                return AreEqual(one, other, meter);
            case (CelRecord one, CelRecord other):
                return AreEqual(one, other, meter);
            default:
                return ReferenceEquals(left, right);
        }
    }

    /// <summary>-1, 0 or 1; null when they are not ordered: other types, or NaN.</summary>
    public static int? Compare(CelValue left, CelValue right, CelMeter? meter)
    {
        switch (left, right)
        {
            case (CelInt or CelUint or CelDouble, CelInt or CelUint or CelDouble):
                return CompareNumbers(left, right);
            case (CelString one, CelString other):
                meter?.ChargeText(Math.Min(one.Value.Length, other.Value.Length));
                return CodePointText.Compare(one.Value, other.Value);
            case (CelBytes one, CelBytes other):
                meter?.ChargeText(Math.Min(one.Value.Length, other.Value.Length));
                return Math.Sign(one.Value.AsSpan().SequenceCompareTo(other.Value.AsSpan()));
            case (CelBool one, CelBool other):
                return one.Value.CompareTo(other.Value);
            case (CelTimestamp one, CelTimestamp other):
                return Math.Sign(one.Value.CompareTo(other.Value));
            case (CelDuration one, CelDuration other):
                return one.Nanoseconds.CompareTo(other.Nanoseconds);
            default:
                return null;
        }
    }

    /// <summary>Numbers of any two types on one number line; null when one of them is NaN.</summary>
    public static int? CompareNumbers(CelValue left, CelValue right) => (left, right) switch
    {
        (CelInt one, CelInt other) => one.Value.CompareTo(other.Value),
        (CelUint one, CelUint other) => one.Value.CompareTo(other.Value),
        (CelInt one, CelUint other) => one.Value < 0 ? -1 : ((ulong)one.Value).CompareTo(other.Value),
        (CelUint one, CelInt other) => other.Value < 0 ? 1 : one.Value.CompareTo((ulong)other.Value),
        (CelDouble one, CelDouble other) => double.IsNaN(one.Value) || double.IsNaN(other.Value) ? null
            : one.Value < other.Value ? -1 : one.Value > other.Value ? 1 : 0,
        (CelDouble one, CelInt other) => Compare(one.Value, other.Value),
        (CelDouble one, CelUint other) => Compare(one.Value, other.Value),
        (CelInt one, CelDouble other) => -Compare(other.Value, one.Value),
        (CelUint one, CelDouble other) => -Compare(other.Value, one.Value),
        _ => null,
    };

    // A double against a whole number, without rounding the whole number to a double.
    private static int? Compare(double number, Int128 whole)
    {
        if (double.IsNaN(number)) return null;
        if (number < -9223372036854775808.0) return -1;
        if (number >= 18446744073709551616.0) return 1;
        var floor = Math.Floor(number);
        var order = ((Int128)floor).CompareTo(whole);
        return order != 0 ? Math.Sign(order) : number > floor ? 1 : 0;
    }

    private static bool AreEqual(CelList one, CelList other, CelMeter? meter)
    {
        if (one.Items.Length != other.Items.Length) return false;
        for (var i = 0; i < one.Items.Length; i++)
            if (!AreEqual(one.Items[i], other.Items[i], meter)) return false;
        return true;
    }

    private static bool AreEqual(CelMap one, CelMap other, CelMeter? meter)
    {
        if (one.Entries.Length != other.Entries.Length) return false;
        foreach (var (key, value) in one.Entries)
        {
            meter?.ChargeText(key is CelString text ? text.Value.Length : 0);
            if (other.Find(key) is not { } found || !AreEqual(value, found, meter)) return false;
        }
        return true;
    }

    private static bool AreEqual(CelRecord one, CelRecord other, CelMeter? meter)
    {
        if (one.RecordType.Name != other.RecordType.Name || one.Fields.Count != other.Fields.Count) return false;
        foreach (var (name, value) in one.Fields)
            if (other.Find(name) is not { } found || !AreEqual(value, found, meter)) return false;
        return true;
    }
}
