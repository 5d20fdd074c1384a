using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using System.Text;
using Fairway.Bench.Console;
using Fairway.Bench.Ledger;
using Fairway.Client;
using Console = System.Console;

// How long does the server take for the console's largest pages, and what do many live viewers cost it?
if (args is ["viewers", var socket, var path, var many, var seconds])
    return await Viewers.RunAsync(socket, path, int.Parse(many, CultureInfo.InvariantCulture), int.Parse(seconds, CultureInfo.InvariantCulture));

const int Services = 1_000, Ticks = 100_000, Seen = 200, Seconds = 20, Rounds = 30;
var load = (await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0];
Console.Error.WriteLine($"writing a rollout of {Ticks:N0} looks…");
await using var house = await House.OpenAsync(Services, Ticks);
using var client = FairwayClient.For(house.Data);
await ShipAsync("1.0");
await UntilAsync("completed");
await ShipAsync("1.1");
await UntilAsync("shifting");

using var http = House.Client(house.Data.Socket);
Console.Error.WriteLine("asking for pages…");
var table = new StringWriter(CultureInfo.InvariantCulture);
table.WriteLine("| page | first, ms | median ms | worst ms | kB |");
table.WriteLine("| --- | ---: | ---: | ---: | ---: |");
foreach (var (name, address) in new[]
{
    ("overview, 1,000 services", "/"), ("overview, last page", "/?page=10"), ("rollout, 100,000 looks of the judge", "/rollouts/production/long/1"),
    ("rollout in progress", "/rollouts/production/shop/2"), ("service", "/services/production/shop"), ("history", "/history"), ("activity", "/activity"),
}) table.WriteLine(await MeasureAsync(name, address));
var reading = Stopwatch.StartNew();
await PollAsync("the long rollout is read", async () => !(await http.GetStringAsync("/rollouts/production/long/1")).Contains("being read", StringComparison.Ordinal));
table.WriteLine(await MeasureAsync("the same, its ledger read", "/rollouts/production/long/1"));
table.WriteLine();
table.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The long rollout's records were read {reading.Elapsed.TotalSeconds:0.0} s after its page was first shown; until then the page says so."));
table.WriteLine();
table.WriteLine("| live viewers | cores of the server | kB/s to each |");
table.WriteLine("| --- | ---: | ---: |");
Console.Error.WriteLine("watching…");
foreach (var address in new[] { "/live/rollouts/production/shop/2", "/live/overview" }) table.WriteLine(await WatchAsync(address));
Console.Write(table);
Results.Replace("Console", string.Create(CultureInfo.InvariantCulture, $"""
    The control plane with a world in memory, asked over its Unix socket; viewers are another process. Pages: one request and then {Rounds} more
    of each. Viewers: {Seen} streams of one page for {Seconds} s; processor time of the control plane's process, with all else that it does.

    Command: `dotnet run -c Release --project bench/Console` ({Environment.ProcessorCount} cores, load average {load} when it began).

    {table}
    """));
return 0;

async Task<string> MeasureAsync(string name, string address)
{
    var (times, bytes) = (new List<double>(), 0);
    for (var i = 0; i <= Rounds; i++)
    {
        var clock = Stopwatch.StartNew();
        bytes = (await http.GetByteArrayAsync(address)).Length;
        times.Add(clock.Elapsed.TotalMilliseconds);
    }
    var warm = times.Skip(1).Order().ToArray();
    return string.Create(CultureInfo.InvariantCulture, $"| {name} | {times[0]:0.0} | {warm[warm.Length / 2]:0.0} | {warm[^1]:0.0} | {bytes / 1000.0:0.0} |");
}

async Task<string> WatchAsync(string address)
{
    using var viewers = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["viewers", house.Data.Socket, address, $"{Seen}", $"{Seconds}"]) { RedirectStandardOutput = true })!;
    // All are there when it says so; what they cost to let in is not what they cost.
    await viewers.StandardOutput.ReadLineAsync();
    using var own = Process.GetCurrentProcess();
    var (before, clock) = (own.TotalProcessorTime, Stopwatch.StartNew());
    var received = long.Parse((await viewers.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
    own.Refresh();
    var cores = (own.TotalProcessorTime - before) / clock.Elapsed;
    return string.Create(CultureInfo.InvariantCulture, $"| {Seen} of {address} | {cores:0.00} | {received / 1000.0 / Seen / clock.Elapsed.TotalSeconds:0.00} |");
}

async Task ShipAsync(string version)
{
    using var tar = new MemoryStream();
    await using (var writer = new TarWriter(tar, leaveOpen: true))
        await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "index.html") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(version)) });
    tar.Position = 0;
    var release = await client.CreateReleaseAsync("shop", version, null, tar, default);
    await client.DeployAsync(new("shop", null, release.Digest), default);
}

Task UntilAsync(string phase) => PollAsync($"shop is {phase}", async () => (await client.GetServiceAsync("production", "shop", default)).Rollout?.Summary.Phase == phase);

static async Task PollAsync(string what, Func<Task<bool>> holds)
{
    for (var clock = Stopwatch.StartNew(); !await holds(); await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System))
        if (clock.Elapsed > TimeSpan.FromMinutes(3)) throw new TimeoutException($"{what}: not within 3 minutes");
}
