using System.Buffers.Binary;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>A process that writes batches to a store and says which were acknowledged, until it is killed. A mode of the test program.</summary>
internal static class IngestChild
{
    /// <summary>The argument that asks for it.</summary>
    public const string Argument = "--ingest-until-killed";

    /// <summary>Series of each batch.</summary>
    public const int Series = 50;

    /// <summary>Time between two batches; a block lasts 40 of them.</summary>
    public const long Step = 180_000;

    /// <summary>The labels of a series.</summary>
    public static Labels LabelsOf(int series) => Say.Series("ingested_total", "series", $"{series}", "job", "child");

    /// <summary>The value of a series in a batch.</summary>
    public static double ValueOf(int series, int batch) => series % 3 == 0 ? (batch * 1_000) + series : batch / (1.0 + series);

    /// <summary>How the store is opened, by the child and by who looks at what it left.</summary>
    public static StoreOptions Options(string folder) => new() { Folder = folder, Ahead = null, SegmentBytes = 20_000, Retention = TimeSpan.FromDays(10_000) };

    /// <summary>Writes from a batch on. Each acknowledged batch's number goes to standard output as four bytes.</summary>
    public static int Run(string[] args)
    {
        using var store = TimeSeriesStore.Open(Options(args[1]), TimeProvider.System);
        using var output = Console.OpenStandardOutput();
        var refs = new long[Series];
        Span<byte> number = stackalloc byte[4];
        for (var batch = int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture); ; batch++)
        {
            using (var writing = store.Begin())
            {
                for (var i = 0; i < Series; i++)
                {
                    if (writing.Add(ref refs[i], LabelsOf(i), Say.Start + (batch * Step), ValueOf(i, batch)) is not (AppendOutcome.Taken or AppendOutcome.Duplicate)) return 3;
                }

                writing.Commit();
            }

            BinaryPrimitives.WriteInt32LittleEndian(number, batch);
            output.Write(number);
            output.Flush();
            // Blocks are cut and compacted in the middle of it all.
            if (batch % 25 == 0 && store.Maintain(DateTimeOffset.MaxValue, CancellationToken.None).Faults.Count > 0) return 4;
        }
    }
}
