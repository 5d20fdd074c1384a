using System.Globalization;
using Fairway.Bench.Ledger;
using Fairway.Bench.Start;

// How long from starting the packaged program to the first answer, and what does it hold when nothing happens?
var rounds = args is [_, var wanted, ..] ? int.Parse(wanted, CultureInfo.InvariantCulture) : 15;
var package = Path.GetFullPath(args is [var given, ..] ? given : Path.Combine("dist", "fairway"));
if (!File.Exists(package))
{
    Console.Error.WriteLine($"error: there is no {package}\nmend:  ./package makes it");
    return 1;
}

var load = (await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0];
using var work = new Work(package);
Contestant[] all =
[
    new("fairway up, first start: API and edge answer", work.FirstStart),
    new("fairway serve, again: API answers", work.ServeAgain),
    new("fairway edge, with a table on disk: 200 from a service", work.EdgeAgain),
    new("fairway edge, killed with -9 under a control plane: 200 again", work.EdgeKilled),
    new("fairway status, from start to end", work.StatusAsync),
    new("a bare .NET program (one option, one table, ReadyToRun), from start to end", work.BareAsync),
    new("caddy run, one reverse_proxy: 200 from the service", work.CaddyAsync),
    new("nginx, one proxy_pass: 200 from the service", work.NginxAsync),
    new("haproxy, one backend: 200 from the service", work.HaproxyAsync),
];
await work.WarmAsync();
for (var round = 0; round < rounds; round++)
{
    for (var turn = 0; turn < all.Length; turn++) await all[(round + turn) % all.Length].RunAsync();
    Console.Error.WriteLine($"round {round + 1} of {rounds}");
}
var (serve, edge, caddy) = await work.MemoryAsync();

var table = new StringWriter(CultureInfo.InvariantCulture);
table.WriteLine("| what | median ms | worst ms |");
table.WriteLine("| --- | ---: | ---: |");
foreach (var one in all) table.WriteLine(one.Row());
table.WriteLine();
table.WriteLine("| idle for 20 s | RSS MB | PSS MB |");
table.WriteLine("| --- | ---: | ---: |");
foreach (var (name, memory) in new[] { ("fairway serve", serve), ("fairway edge", edge), ("serve and edge together", serve + edge), ("caddy", caddy) })
    table.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {memory.Rss:N0} | {memory.Pss:N0} |"));
Console.Write(table);
Results.Replace("Start", string.Create(CultureInfo.InvariantCulture, $"""
    From starting the program to the first whole answer, asked again every 5 ms, {rounds} rounds in changing turns. The packaged file
    (`./package`), its native libraries unpacked before. One service with one route; the peers proxy the same one. PSS counts pages that
    two processes share once; `serve` and `edge` are the same file. The bare program (`bench/StartBare`) is a yardstick for the machine: the limit
    of 500 ms was set beside 72 ms for it, 6.9 times as long.

    Command: `./package && dotnet run -c Release --project bench/Start` ({Environment.ProcessorCount} cores, load average {load} when it began).

    {table}
    """));
return 0;
