using System.Globalization;

namespace Fairway.Bench.Console;

/// <summary>Many browsers' streams in a process of their own.</summary>
internal static class Viewers
{
    /// <summary>Opens them, says so in a line, and after a while how many bytes came.</summary>
    public static async Task<int> RunAsync(string socket, string path, int many, int seconds)
    {
        using var http = House.Client(socket);
        http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("gzip");
        long received = 0;
        using var stop = new CancellationTokenSource();
        var open = 0;
        var all = Enumerable.Range(0, many).Select(_ => WatchAsync()).ToArray();
        while (Volatile.Read(ref open) < many) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        Interlocked.Exchange(ref received, 0);
        System.Console.WriteLine("open");
        await Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);
        System.Console.WriteLine(Interlocked.Read(ref received).ToString(CultureInfo.InvariantCulture));
        await stop.CancelAsync();
        await Task.WhenAll(all);
        return 0;

        async Task WatchAsync()
        {
            try
            {
                await using var stream = await http.GetStreamAsync(path, stop.Token);
                var buffer = new byte[64 * 1024];
                Interlocked.Add(ref received, await stream.ReadAsync(buffer, stop.Token));
                Interlocked.Increment(ref open);
                while (await stream.ReadAsync(buffer, stop.Token) is > 0 and var some) Interlocked.Add(ref received, some);
            }
            catch (OperationCanceledException)
            {
                // The time is over.
            }
        }
    }
}
