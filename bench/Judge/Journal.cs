using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fairway.Bench.Judge;

/// <summary>Some runs of one scenario, as they are kept.</summary>
/// <param name="Scenario">Its name.</param>
/// <param name="First">Number of the first run.</param>
/// <param name="Runs">The runs, in order.</param>
internal sealed record Part(string Scenario, int First, Run[] Runs);

/// <summary>
/// Finished runs of one seed, a line of JSON per part, so that a bench that is stopped loses at most the part it was at. A torn last line is left out.
/// </summary>
internal sealed class Journal
{
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };
    private readonly string _path;
    private readonly Dictionary<(string, int), Run[]> _parts = [];

    public Journal(string folder, ulong seed)
    {
        Directory.CreateDirectory(folder);
        _path = Path.Combine(folder, $"seed-{seed}.jsonl");
        foreach (var line in File.Exists(_path) ? File.ReadAllLines(_path) : [])
        {
            if (Read(line) is { } part) _parts[(part.Scenario, part.First)] = part.Runs;
        }
    }

    /// <summary>The runs from a number on; null when they are still to be made.</summary>
    public Run[]? Find(string scenario, int first, int count)
        => _parts.GetValueOrDefault((scenario, first)) is { } runs && runs.Length >= count ? runs[..count] : null;

    /// <summary>Keeps runs.</summary>
    public void Add(Part part)
    {
        _parts[(part.Scenario, part.First)] = part.Runs;
        // After a torn line the next one begins anew.
        var isTorn = File.Exists(_path) && File.ReadAllText(_path) is [.., not '\n'];
        File.AppendAllText(_path, (isTorn ? "\n" : "") + JsonSerializer.Serialize(part, Json) + "\n");
    }

    /// <summary>Forgets scenarios whose runs are no longer true.</summary>
    public void Forget(IEnumerable<string> scenarios)
    {
        var names = scenarios.ToHashSet(StringComparer.Ordinal);
        foreach (var key in _parts.Keys.Where(key => names.Contains(key.Item1)).ToArray()) _parts.Remove(key);
        File.WriteAllLines(_path, _parts.Select(one => JsonSerializer.Serialize(new Part(one.Key.Item1, one.Key.Item2, one.Value), Json)));
    }

    private static Part? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Part>(line, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
