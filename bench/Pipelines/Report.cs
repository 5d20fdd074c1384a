using System.Globalization;
using Fairway.Bench.Ledger;

namespace Fairway.Bench.Pipelines;

/// <summary>One part's figures: printed when they are there, and kept in <c>bench/RESULTS.md</c>.</summary>
internal sealed class Report
{
    private readonly string _load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
    private readonly StringWriter _table = new(CultureInfo.InvariantCulture);

    public void Line(string text = "") => _table.WriteLine(text);

    public void Row(FormattableString row) => _table.WriteLine(row.ToString(CultureInfo.InvariantCulture));

    public void Keep(string title, string part, string program, int rounds, string what)
    {
        var named = Path.GetRelativePath(Environment.CurrentDirectory, program);
        var made = named == Path.Combine("dist", "fairway") ? "made by `./package`" : "of `dotnet build src/Host -c Release`, so not compiled beforehand: `./package` makes one that is";
        Console.WriteLine($"{title}\n\n{_table}");
        Results.Replace(title, string.Create(CultureInfo.InvariantCulture, $"""
            {what} The program from its start to its end, {(rounds == 1 ? "once" : $"{rounds} rounds in turn with its peer")}.

            Command: `dotnet run -c Release --project bench/Pipelines -- {named} {rounds} {part}`, the program {made}
            ({Environment.ProcessorCount} cores, .NET {Environment.Version}, load average {_load} when it began).

            {_table}
            """));
    }

    public static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
}
