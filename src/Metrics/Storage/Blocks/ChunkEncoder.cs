using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>Makes chunks of samples in order.</summary>
internal static class ChunkEncoder
{
    private const int MostSamples = 120;

    /// <summary>Adds the samples as chunks.</summary>
    public static void Encode(SampleBuffer samples, ChunkSlabs slabs, List<Chunk> into)
    {
        var floats = new OpenFloats();
        var histograms = new OpenHistograms();
        for (var i = 0; i < samples.Count; i++)
        {
            var histogram = samples.Histogram(i);
            if (floats.Count > 0 && (histogram is not null || floats.Count == MostSamples)) Close(ref floats, slabs, into);
            if (histograms.Count > 0 && (histogram is null || histograms.Count == MostSamples)) into.Add(histograms.Close(slabs));
            if (histogram is null) floats.Add(samples.Times[i], BitConverter.DoubleToInt64Bits(samples.Values[i]));
            else histograms.Add(samples.Times[i], histogram);
        }

        if (floats.Count > 0) Close(ref floats, slabs, into);
        if (histograms.Count > 0) into.Add(histograms.Close(slabs));
    }

    private static void Close(ref OpenFloats floats, ChunkSlabs slabs, List<Chunk> into)
    {
        into.Add(slabs.Close(floats));
        floats.Restart(keepBytes: true);
    }
}
