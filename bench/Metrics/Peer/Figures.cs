using System.Globalization;
using System.Text.Json;

namespace Fairway.Bench.Metrics.Peer;

/// <summary>One row of the table.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Unit">In what.</param>
/// <param name="Ours">Fairway.</param>
/// <param name="Theirs">Prometheus; NaN where it has none.</param>
/// <param name="Must">Most; 0 for none.</param>
/// <param name="Stretch">Most, wished for; 0 for none.</param>
/// <param name="Note">More of it, ours first.</param>
internal sealed record Figure(string What, string Unit, double Ours, double Theirs, double Must, double Stretch, string Note)
{
    public string Row()
    {
        var peer = double.IsNaN(Theirs) || Theirs == 0 ? "none" : Number(Theirs);
        var ratio = double.IsNaN(Theirs) || Theirs == 0 ? "" : (Ours / Theirs).ToString("0.00×", CultureInfo.InvariantCulture);
        return $"| {What}, {Unit} | {Number(Ours)} | {peer} | {ratio} | {Limit(Must)} | {Limit(Stretch)} | {Note} |";
    }

    private string Limit(double limit) => limit == 0 ? "" : $"{Number(limit)}{(Ours <= limit ? " holds" : " **missed**")}";

    private static string Number(double value) =>
        value.ToString(value >= 100 ? "#,##0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}

/// <summary>The rows of one set, kept between parts.</summary>
internal static class Figures
{
    private static readonly JsonSerializerOptions Options = new()
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static List<Figure> Load(string folder)
    {
        var path = Path.Combine(folder, "figures.json");
        return File.Exists(path) ? JsonSerializer.Deserialize<List<Figure>>(File.ReadAllText(path), Options)! : [];
    }

    /// <summary>Puts rows in place of those that measure the same.</summary>
    public static void Keep(string folder, IEnumerable<Figure> rows)
    {
        var all = Load(folder);
        foreach (var row in rows)
        {
            Console.WriteLine(row.Row());
            var at = all.FindIndex(r => r.What == row.What);
            if (at < 0) all.Add(row);
            else all[at] = row;
        }

        File.WriteAllText(Path.Combine(folder, "figures.json"), JsonSerializer.Serialize(all, Options));
    }
}
