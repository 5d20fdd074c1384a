namespace Fairway.Metrics.Protobuf;

/// <summary>Repeated numbers, which may come packed in one field or one field each; both must be read (protobuf encoding, "packed repeated
/// fields").</summary>
internal static class PackedNumbers
{
    /// <summary>Adds the doubles of the reader's field.</summary>
    public static void Doubles(ref ProtobufReader reader, List<double> into)
    {
        if (reader.Type == WireType.Fixed64)
        {
            into.Add(reader.Double());
            return;
        }

        var packed = new ProtobufReader(reader.Bytes());
        while (packed.More) into.Add(BitConverter.Int64BitsToDouble((long)packed.RawFixed64()));
    }

    /// <summary>Adds the fixed64 numbers of the reader's field.</summary>
    public static void Fixed64(ref ProtobufReader reader, List<double> into)
    {
        if (reader.Type == WireType.Fixed64)
        {
            into.Add(reader.Fixed64());
            return;
        }

        var packed = new ProtobufReader(reader.Bytes());
        while (packed.More) into.Add(packed.RawFixed64());
    }

    /// <summary>Adds the unsigned varints of the reader's field.</summary>
    public static void Varints(ref ProtobufReader reader, List<double> into)
    {
        if (reader.Type == WireType.Varint)
        {
            into.Add(reader.UInt64());
            return;
        }

        var packed = new ProtobufReader(reader.Bytes());
        while (packed.More) into.Add(packed.Varint());
    }

    /// <summary>Adds the running sums of the zig-zag differences of the reader's field: absolute counts.</summary>
    public static void Deltas(ref ProtobufReader reader, ref long sum, List<double> into)
    {
        if (reader.Type == WireType.Varint)
        {
            sum += reader.SInt64();
            into.Add(sum);
            return;
        }

        var packed = new ProtobufReader(reader.Bytes());
        while (packed.More)
        {
            var value = packed.Varint();
            sum += (long)(value >> 1) ^ -(long)(value & 1);
            into.Add(sum);
        }
    }
}
