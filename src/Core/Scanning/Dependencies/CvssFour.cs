namespace Fairway.Scanning;

/// <summary>
/// Scores of CVSS 4.0 vectors (first.org/cvss/v4.0/specification-document, section 8): a vector falls into a macro vector, whose score the specification gives; between it and
/// the next lower ones the score is interpolated by how far the vector is from the worst of its macro vector.
/// </summary>
internal static class CvssFour
{
    // Appendix of the specification: score × 10 of each macro vector. Rows: EQ1 (3), EQ2 (2), then EQ3 with EQ6 as 00 01 10 11 21; columns: EQ4 (3), then EQ5 (3).
    private static readonly int[] Scores =
    [
        100, 98, 95, 100, 93, 91, 93, 89, 81,  99, 95, 92, 96, 87, 81, 90, 80, 68,  98, 95, 90, 93, 89, 81, 88, 78, 69,  95, 92, 84, 92, 81, 65, 80, 70, 48,  92, 82, 72, 79, 69, 50, 69, 55, 27,
        99, 95, 92, 95, 90, 84, 92, 82, 72,  97, 92, 85, 91, 83, 71, 81, 71, 53,  95, 92, 85, 92, 80, 70, 84, 71, 50,  93, 85, 73, 82, 72, 59, 70, 52, 30,  86, 75, 52, 71, 52, 29, 63, 29, 17,
        98, 94, 91, 94, 86, 77, 87, 74, 63,  95, 87, 81, 89, 74, 64, 75, 63, 49,  94, 88, 76, 86, 74, 59, 72, 57, 52,  89, 77, 67, 76, 58, 50, 57, 52, 25,  83, 70, 54, 65, 58, 26, 53, 21, 13,
        95, 88, 76, 90, 75, 61, 77, 68, 52,  90, 76, 70, 77, 62, 53, 66, 59, 30,  89, 76, 62, 74, 57, 47, 61, 57, 24,  78, 67, 58, 59, 57, 23, 52, 29, 16,  71, 59, 30, 58, 26, 15, 23, 13, 6,
        93, 86, 75, 86, 74, 56, 70, 52, 40,  87, 72, 58, 74, 61, 34, 54, 40, 22,  85, 74, 62, 72, 55, 46, 53, 34, 19,  75, 55, 51, 57, 41, 19, 36, 19, 8,  64, 51, 20, 47, 21, 11, 24, 9, 4,
        88, 73, 60, 73, 59, 41, 54, 45, 20,  75, 53, 50, 55, 40, 20, 43, 22, 11,  75, 58, 40, 61, 48, 20, 46, 17, 8,  55, 45, 21, 51, 18, 9, 18, 7, 2,  53, 24, 14, 24, 12, 5, 10, 3, 1,
    ];

    // Values of each metric, worst first: a metric's distance is how many steps it is from the worst.
    private static readonly Dictionary<string, string> Base = new(StringComparer.Ordinal)
    {
        ["AV"] = "NALP", ["AC"] = "LH", ["AT"] = "NP", ["PR"] = "NLH", ["UI"] = "NPA", ["VC"] = "HLN", ["VI"] = "HLN", ["VA"] = "HLN", ["SC"] = "HLN", ["SI"] = "HLN", ["SA"] = "HLN",
    };

    private static readonly Dictionary<string, string> Others = new(StringComparer.Ordinal) { ["E"] = "APU", ["CR"] = "HML", ["IR"] = "HML", ["AR"] = "HML" };

    // Tables of section 8: the worst vectors of each level, as distances in the order of the names, and how many steps a level has.
    private static readonly Level[] Eq1 = [new(1, [[0, 0, 0]]), new(4, [[1, 0, 0], [0, 1, 0], [0, 0, 1]]), new(5, [[3, 0, 0], [1, 1, 1]])];
    private static readonly Level[] Eq2 = [new(1, [[0, 0]]), new(2, [[1, 0], [0, 1]])];
    private static readonly Level[] Eq36 =
    [
        new(7, [[0, 0, 0, 0, 0, 0]]), new(6, [[0, 0, 1, 1, 1, 0], [0, 0, 0, 1, 1, 1]]), new(8, [[1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0]]),
        new(8, [[1, 0, 1, 0, 1, 0], [1, 0, 0, 0, 1, 1], [0, 1, 0, 1, 0, 1], [0, 1, 1, 1, 0, 0], [1, 1, 0, 0, 0, 1]]), new(10, [[1, 1, 1, 0, 0, 0]]),
    ];
    // Of the subsequent system, where safety is one step above high; confidentiality has no safety.
    private static readonly Level[] Eq4 = [new(6, [[1, 0, 0]]), new(5, [[1, 1, 1]]), new(4, [[2, 2, 2]])];

    /// <summary>The score, 0 to 10 in steps of 0.1, with threat and environmental metrics where it has them; null when it is no vector of version 4.0.</summary>
    /// <param name="given">Its metrics by name.</param>
    public static double? Score(IReadOnlyDictionary<string, string> given)
    {
        if (Read(given) is not { } at) return null;
        int[] exploit = [at["AV"], at["PR"], at["UI"]], complexity = [at["AC"], at["AT"]], system = [at["VC"], at["VI"], at["VA"], at["CR"], at["IR"], at["AR"]], subsequent = [at["SC"], at["SI"], at["SA"]];
        if (system is [2, 2, 2, ..] && subsequent is [3, 3, 3]) return 0;
        var eq1 = exploit is [0, 0, 0] ? 0 : exploit[0] != 3 && exploit.Contains(0) ? 1 : 2;
        var eq2 = complexity is [0, 0] ? 0 : 1;
        var eq3 = system is [0, 0, ..] ? 0 : system is [0, ..] or [_, 0, ..] or [_, _, 0, ..] ? 1 : 2;
        var eq6 = Enumerable.Range(0, 3).Any(i => system[i] == 0 && system[i + 3] == 0) ? 0 : 1;
        var eq4 = subsequent is [_, 0, _] or [_, _, 0] ? 0 : subsequent.Contains(1) ? 1 : 2;
        var eq5 = at["E"];
        // With nothing high there is nothing high that is required.
        var eq36 = eq3 == 2 ? 4 : (2 * eq3) + eq6;
        var score = ScoreOf(eq1, eq2, eq36, eq4, eq5)!.Value;
        int?[] lower =
        [
            ScoreOf(eq1 + 1, eq2, eq36, eq4, eq5), ScoreOf(eq1, eq2 + 1, eq36, eq4, eq5),
            eq36 switch
            {
                0 => Math.Max(ScoreOf(eq1, eq2, 1, eq4, eq5)!.Value, ScoreOf(eq1, eq2, 2, eq4, eq5)!.Value),
                1 or 2 => ScoreOf(eq1, eq2, 3, eq4, eq5),
                3 => ScoreOf(eq1, eq2, 4, eq4, eq5),
                _ => null,
            },
            ScoreOf(eq1, eq2, eq36, eq4 + 1, eq5), ScoreOf(eq1, eq2, eq36, eq4, eq5 + 1),
        ];
        double[] share = [Eq1[eq1].Share(exploit), Eq2[eq2].Share(complexity), Eq36[eq36].Share(system), Eq4[eq4].Share(subsequent), 0];
        var steps = lower.Count(next => next is not null);
        var less = steps == 0 ? 0 : lower.Select((next, i) => next is { } known ? (score - known) * share[i] : 0).Sum() / steps;
        // In tenths, and with a grain of salt for the binary fraction.
        return Math.Clamp(Math.Round(score - less + 1e-9, MidpointRounding.AwayFromZero) / 10, 0, 10);
    }

    private static int? ScoreOf(int eq1, int eq2, int eq36, int eq4, int eq5)
        => eq1 > 2 || eq2 > 1 || eq4 > 2 || eq5 > 2 ? null : Scores[(((((eq1 * 2) + eq2) * 5) + eq36) * 9) + (eq4 * 3) + eq5];

    // Distances of every metric; a modified one counts instead of its base metric, one that is not defined as the worst.
    private static Dictionary<string, int>? Read(IReadOnlyDictionary<string, string> given)
    {
        var at = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (name, values) in Base)
        {
            if (!given.TryGetValue(name, out var value) || Place(values, value) is not { } place) return null;
            var ofSubsequent = name is "SC" or "SI" or "SA";
            if (given.TryGetValue("M" + name, out var modified) && modified != "X")
            {
                if (modified == "S" && name is "SI" or "SA") place = -1;
                else if (Place(values, modified) is { } other) place = other;
                else return null;
            }
            at[name] = ofSubsequent ? place + 1 : place;
        }
        foreach (var (name, values) in Others)
        {
            if (!given.TryGetValue(name, out var value) || value == "X") at[name] = 0;
            else if (Place(values, value) is { } place) at[name] = place;
            else return null;
        }
        return at;
    }

    private static int? Place(string values, string value) => value.Length == 1 && values.IndexOf(value[0], StringComparison.Ordinal) is >= 0 and var place ? place : null;

    private sealed record Level(int Steps, int[][] Worst)
    {
        // Distance to the first of the worst vectors that is nowhere better than this one.
        public double Share(int[] vector)
        {
            foreach (var worst in Worst)
                if (vector.Zip(worst).All(pair => pair.First >= pair.Second)) return (double)vector.Zip(worst).Sum(pair => pair.First - pair.Second) / Steps;
            return 0;
        }
    }
}
