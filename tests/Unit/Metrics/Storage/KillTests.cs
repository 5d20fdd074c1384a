using System.Buffers.Binary;
using System.Diagnostics;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>A real process that writes to a store is killed, again and again.</summary>
public sealed class KillTests
{
    [Fact]
    public void No_acknowledged_sample_is_lost_when_the_process_is_killed() => Kill(40, seed: 1);

    [Fact(Explicit = true)]
    public void No_acknowledged_sample_is_lost_in_200_kills() => Kill(200, seed: 2);

    private static void Kill(int times, int seed)
    {
        using var folder = new ScratchFolder();
        var random = new Random(seed);
        var acknowledged = -1;
        for (var round = 0; round < times; round++)
        {
            acknowledged = Math.Max(acknowledged, RunAndKill(folder.Path, acknowledged + 1, random.Next(1, 60), random.Next(4_000)));
            // Every round the next child reads it all back; here we look at each fourth, and at the last.
            if (round % 4 == 3 || round == times - 1) acknowledged = Check(folder.Path, acknowledged);
        }
    }

    // Kills the child some time after a number of batches were acknowledged; returns the last one.
    private static int RunAndKill(string folder, int first, int batches, int spins)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[IngestChild.Argument, folder, $"{first}"]) start.ArgumentList.Add(argument);
        // One thread for the collector: the children are short.
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        using var child = Process.Start(start)!;
        var output = child.StandardOutput.BaseStream;
        var bytes = new byte[4];
        var last = -1;
        for (var read = 0; read < batches; read++)
        {
            if (output.ReadAtLeast(bytes, 4, throwOnEndOfStream: false) < 4)
            {
                child.WaitForExit();
                Assert.Fail($"the child ended by itself with {child.ExitCode}: {child.StandardError.ReadToEnd()}");
            }

            last = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        }

        Thread.SpinWait(spins);
        child.Kill();
        while (output.ReadAtLeast(bytes, 4, throwOnEndOfStream: false) == 4) last = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        child.WaitForExit();
        return last;
    }

    // All acknowledged batches are there and whole; the one that was not acknowledged is whole or not there. Returns the last one there.
    private static int Check(string folder, int acknowledged)
    {
        using var store = TimeSeriesStore.Open(IngestChild.Options(folder), TimeProvider.System);
        Assert.DoesNotContain(store.Faults, f => !f.What.Contains("breaks off", StringComparison.Ordinal));
        var found = store.Select(long.MinValue, long.MaxValue, [new("job", MatchKind.Equal, "child")], CancellationToken.None);
        Assert.Equal(IngestChild.Series, found.Count);
        var buffer = new SampleBuffer();
        var count = -1;
        foreach (var series in found)
        {
            buffer.Clear();
            series.Read(long.MinValue, long.MaxValue, buffer);
            count = count < 0 ? buffer.Count : count;
            Assert.Equal(count, buffer.Count);
            var number = int.Parse(series.Labels.Value("series"));
            for (var batch = 0; batch < buffer.Count; batch++)
            {
                if (buffer.Times[batch] != Say.Start + (batch * IngestChild.Step) || buffer.Values[batch] != IngestChild.ValueOf(number, batch))
                    Assert.Fail($"{series.Labels}: sample {batch} is {buffer.Values[batch]} at {buffer.Times[batch]}");
            }
        }

        Assert.True(count > acknowledged, $"{count} batches are there, {acknowledged + 1} were acknowledged");
        return count - 1;
    }
}
