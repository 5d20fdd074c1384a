using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fairway.Metrics.Storage;

/// <summary>What a block says of itself: the file <c>meta.json</c>, written last.</summary>
/// <param name="Version">Of the format: 1.</param>
/// <param name="Sequence">Its number, which is also its folder's name; later ones are higher.</param>
/// <param name="Level">1 as cut from memory; one more with each compaction.</param>
/// <param name="MinTime">Time of its oldest sample, in milliseconds since 1970.</param>
/// <param name="MaxTime">Time of its newest sample.</param>
/// <param name="Series">Its series.</param>
/// <param name="Chunks">Its chunks.</param>
/// <param name="Samples">Its samples.</param>
/// <param name="ChunkBytes">Length of its chunks file.</param>
/// <param name="IndexBytes">Length of its index file.</param>
/// <param name="Parents">Numbers of the blocks it was compacted from: it stands for them.</param>
/// <param name="Checksum">CRC-32C of this file as it is with a checksum of zero.</param>
internal sealed record BlockMeta(
    int Version, int Sequence, int Level, long MinTime, long MaxTime, int Series, long Chunks, long Samples, long ChunkBytes, long IndexBytes,
    IReadOnlyList<int> Parents, uint Checksum = 0)
{
    /// <summary>The format written now.</summary>
    public const int CurrentVersion = 1;

    public const string FileName = "meta.json";
    public const string ChunksFile = "chunks";
    public const string IndexFile = "index";

    /// <summary>The folder's name.</summary>
    [JsonIgnore]
    public string Name => Sequence.ToString("D8", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>All its bytes.</summary>
    [JsonIgnore]
    public long Bytes => ChunkBytes + IndexBytes;

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidDataException">It is not one, or of a newer version.</exception>
    public static BlockMeta Read(string folder)
    {
        try
        {
            var meta = JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(folder, FileName)), BlockMetaJson.Default.BlockMeta)
                ?? throw new InvalidDataException($"{FileName} is empty");
            if (meta.Version == CurrentVersion && (meta.Parents is null || Crc32C.Of((meta with { Checksum = 0 }).Text()) != meta.Checksum))
                throw new InvalidDataException($"{FileName} is damaged: its checksum does not fit");
            return meta.Version == CurrentVersion ? meta : throw new InvalidDataException($"{FileName} is of version {meta.Version}; this program reads {CurrentVersion}");
        }
        catch (Exception fault) when (fault is JsonException or FileNotFoundException)
        {
            throw new InvalidDataException($"{FileName}: {fault.Message}", fault);
        }
    }

    /// <summary>Its text, with its checksum.</summary>
    public byte[] ToJson() => (this with { Checksum = Crc32C.Of((this with { Checksum = 0 }).Text()) }).Text();

    private byte[] Text() => JsonSerializer.SerializeToUtf8Bytes(this, BlockMetaJson.Default.BlockMeta);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(BlockMeta))]
internal sealed partial class BlockMetaJson : JsonSerializerContext;
