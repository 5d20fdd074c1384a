using System.Globalization;
using Fairway.Bench.Edge;
using Fairway.Bench.Ledger;

// dotnet run -c Release --project bench/Edge [-- --seconds 5 --rounds 5 --warm 15 --without caddy,haproxy]
if (args is ["serve", var port, var upstream])
{
    await EdgeUnderTest.ServeAsync(int.Parse(port, CultureInfo.InvariantCulture), int.Parse(upstream, CultureInfo.InvariantCulture));
    return;
}
var seconds = Option("--seconds", 5);
var rounds = Option("--rounds", 5);
var warm = Option("--warm", 15);
var withoutAt = Array.IndexOf(args, "--without");
using var contest = new Contest();
await contest.StartAsync((withoutAt < 0 ? [] : args[withoutAt + 1].Split(',')).ToHashSet(StringComparer.Ordinal));
// Ours compiles what is hot while it runs; the others are warm at once, but get as much.
foreach (var peer in contest.Peers) await Burst.RunAsync(peer, warm);
var load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
var bursts = contest.Peers.ToDictionary(peer => peer.Name, _ => new List<Burst>(), StringComparer.Ordinal);
for (var round = 0; round < rounds; round++)
{
    foreach (var peer in contest.Peers)
    {
        var burst = await Burst.RunAsync(peer, seconds);
        bursts[peer.Name].Add(burst);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{peer.Name,-8} {burst.PerSecond,8:N0}/s  p50 {burst.P50:N2}  p99 {burst.P99:N2}  cpu {burst.Cpu:N2}"));
    }
}
var body = $"""
    Requests per second through each proxy to the same upstream (nginx, one worker, `return 200` with 14 bytes), one machine for all, over
    loopback: `wrk {string.Join(' ', Burst.Arguments(seconds).Select(argument => argument.Contains(' ') ? $"'{argument}'" : argument))}`, {rounds} rounds in turn after {warm} s
    of warming, medians. All keep connections to the upstream; nginx has 2 workers, HAProxy 2 threads; each adds `X-Forwarded-*` and a request id. Fairway's edge runs
    with a rollout under way (two arms by sticky cookie), admission, circuit, counters, deadlines and `traceparent`; no access log anywhere.

    Command: `dotnet run -c Release --project bench/Edge{(args.Length > 0 ? " -- " + string.Join(' ', args) : "")}` ({Environment.ProcessorCount} cores, .NET {Environment.Version}, load average {load} when it began).

    {Summary.Table(bursts)}
    {Summary.Ratios(bursts)}

    {(File.Exists("bench/Edge/profile.md") ? File.ReadAllText("bench/Edge/profile.md") : "")}
    """;
Console.WriteLine(body);
if (withoutAt < 0) Results.Replace("Edge", body);

int Option(string name, int otherwise)
{
    var at = Array.IndexOf(args, name);
    return at < 0 ? otherwise : int.Parse(args[at + 1], CultureInfo.InvariantCulture);
}
