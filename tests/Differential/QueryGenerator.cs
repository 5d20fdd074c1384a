using System.Globalization;

namespace Fairway.Differential;

/// <summary>
/// Random queries in which most types fit. What a function like <c>exp</c> gives may be off by a bit between two engines, so it is made
/// only where nothing between it and the answer makes small differences large: no differences, no roundings, no comparisons.
/// </summary>
internal sealed partial class QueryGenerator(Random random)
{
    private const int ShareOfInvalid = 25;

    /// <summary>Functions that Go and .NET round in their own ways.</summary>
    public static readonly ImmutableArray<string> Inexact =
    [
        "exp", "ln", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
    ];

    private static readonly string[] Exact =
        ["abs", "ceil", "floor", "sqrt", "sgn", "deg", "rad", "day_of_month", "day_of_week", "day_of_year", "days_in_month", "hour", "minute", "month", "year", "timestamp"];

    private static readonly string[] OverTime =
    [
        "rate", "increase", "delta", "irate", "idelta", "changes", "resets", "deriv", "sum_over_time", "avg_over_time", "min_over_time", "max_over_time",
        "count_over_time", "last_over_time", "present_over_time", "stddev_over_time", "stdvar_over_time", "rate", "increase", "absent_over_time",
    ];

    /// <summary>A query at a random time.</summary>
    public Query Next()
    {
        var isRange = random.Next(2) == 0;
        var from = Samples.Start + Time(-400_000, Samples.Length + 400_000);
        var step = isRange ? Pick([15_000, 30_000, 60_000, 7_000, 61_500, 240_000, 1_000]) : 0;
        var to = from + (isRange ? (step * random.Next(0, 24)) + random.Next(0, step) : 0);
        var depth = random.Next(1, 5);
        var root = random.Next(ShareOfInvalid) == 0 ? Invalid(depth)
            : random.Next(30) switch { 0 => Matrix(depth - 1), 1 or 2 => Scalar(depth), 3 => Text(), _ => Vector(depth, true) };
        return new(root, from, to, step);
    }

    /// <summary>Something that gives a vector.</summary>
    /// <param name="depth">How deep it may be.</param>
    /// <param name="mayBeInexact">Whether nothing around it makes small differences large.</param>
    private Node Vector(int depth, bool mayBeInexact)
    {
        if (depth <= 0) return random.Next(15) == 0 ? Of("vector(§)", Number()) : Selector();
        switch (random.Next(32))
        {
            case < 4: return Selector();
            case < 10: return Range(depth - 1);
            case < 16: return Aggregation(depth - 1, mayBeInexact);
            case < 22: return Binary(depth - 1, mayBeInexact);
            case < 24: return Of("-§", Vector(depth - 1, mayBeInexact).Tight) with { IsLoose = true };
            case 24: return Of("(§)", Vector(depth - 1, mayBeInexact));
            default: return Element(depth - 1, mayBeInexact);
        }
    }

    private Node Element(int depth, bool mayBeInexact)
    {
        switch (random.Next(20))
        {
            case < 3 when mayBeInexact: return Of(Pick([.. Inexact]) + "(§)", Vector(depth, false));
            case < 7: return Of(Pick(Exact) + "(§)", Vector(depth, false));
            case 7: return Of("round(§§)", Vector(depth, false), Maybe(2, () => Modifier(", §", Scalar(0))));
            case 8: return Of("clamp(§, §, §)", Vector(depth, false), Scalar(0), Scalar(0));
            case 9: return Of(Pick(["clamp_min", "clamp_max"]) + "(§, §)", Vector(depth, false), Scalar(0));
            case 10: return Of("absent(§)", random.Next(2) == 0 ? Selector() : Vector(depth, false));
            case 11: return Of("label_replace(§, §, §, §, §)", Vector(depth, mayBeInexact), Quoted(LabelName()), Quoted(Pick(["$1", "x-$1-$2", "${1}y", "$1y", "$name", "", "same", "$0"])), Quoted(LabelName()), Quoted(Pick(Regexes)));
            case 12: return Of("label_join(§, §, §, §§)", Vector(depth, mayBeInexact), Quoted(LabelName()), Quoted(Pick(["-", "", "/"])), Quoted(LabelName()), Maybe(2, () => Modifier(", §", Quoted(LabelName()))));
            case 13: return Of(Pick(["sort", "sort_desc"]) + "(§)", Vector(depth, false));
            case < 17: return Histogram(depth);
            case 17: return Of("vector(§)", Scalar(depth));
            case 18: return Of(Pick(["hour", "minute", "month", "year", "day_of_week", "day_of_month", "day_of_year", "days_in_month"]) + "()");
            default: return Of("timestamp(§)", Selector());
        }
    }

    private Node Histogram(int depth)
    {
        if (random.Next(12) == 0) return Of(Pick(["histogram_count(§)", "histogram_sum(§)", "histogram_fraction(0, 1, §)"]), Vector(depth, false));
        var q = random.Next(5) == 0 ? Scalar(1) : Number(Pick(["0.5", "0.9", "0.99", "0", "1", "0.25", "-0.1", "1.1", "NaN"]));
        var buckets = Leaf("latency_bucket" + Pick(["", "{job=\"api\"}", "{job=~\"api|batch|cart\"}", "{instance=\"host-0\"}"]));
        var rates = Of($"{Pick(["rate", "increase", "irate"])}(§[{Pick(["1m", "2m", "5m", "20m"])}])", buckets);
        return Of("histogram_quantile(§, §)", q, random.Next(6) switch
        {
            0 => Vector(depth, false),
            1 => buckets,
            2 => Of("sum by (le) (§)", rates),
            3 => Of("sum by (le, job) (§)", rates),
            4 => Of("sum without (instance) (§)", buckets),
            _ => rates,
        });
    }

    private Node Range(int depth) => random.Next(10) switch
    {
        0 => Of("quantile_over_time(§, §)", Scalar(0), Matrix(depth)),
        1 => Of("predict_linear(§, §)", Matrix(depth), Scalar(0)),
        2 => Of("holt_winters(§, §, §)", Matrix(depth), Number(Pick(["0.5", "0.1", "0.9", "0.3", "0.25"])), Number(Pick(["0.5", "0.1", "0.99", "0"]))),
        _ => Of(Pick(OverTime) + "(§)", Matrix(depth)),
    };

    private Node Aggregation(int depth, bool mayBeInexact)
    {
        var by = random.Next(3) == 0 ? Modifier("") : Modifier($" {Pick(["by", "without"])} ({string.Join(", ", Enumerable.Range(0, random.Next(0, 3)).Select(_ => LabelName()))}) ");
        var (name, parameter) = random.Next(14) switch
        {
            < 3 => ("sum", null),
            3 => ("avg", null),
            4 => ("count", null),
            5 => ("group", null),
            6 => ("min", null),
            7 => ("max", null),
            8 => (Pick(["stddev", "stdvar"]), null),
            9 => ("quantile", random.Next(2) == 0 ? Scalar(0) : Number(Pick(["0.5", "0.9", "0.25", "0", "1", "-1", "2", "NaN"]))),
            10 => ("count_values", Quoted(Pick(["value", "job", "v", "i"]))),
            11 => ("topk", Scalar(0)),
            _ => (Pick(["topk", "bottomk"]), Number(Pick(["1", "2", "3", "5", "0", "-1", "2.9"]))),
        };
        // Which series of the same value are kept is decided by the smallest difference; what they are added up to is not.
        var inner = Vector(depth, mayBeInexact && name is "min" or "max" or "count" or "group");
        if (parameter is null) return random.Next(2) == 0 ? Of($"{name}§(§)", by, inner) : Of($"{name}(§)§", inner, by);
        return random.Next(2) == 0 ? Of($"{name}§(§, §)", by, parameter, inner) : Of($"{name}(§, §)§", parameter, inner, by);
    }

    private Node Binary(int depth, bool mayBeInexact)
    {
        if (random.Next(5) < 2) return VectorAndNumber(depth, mayBeInexact);
        var kind = random.Next(10);
        string[] names = kind < 4 ? ["+", "-", "*", "/", "%"] : kind < 5 && mayBeInexact ? ["^", "atan2"] : kind < 8 ? ["==", "!=", "<", "<=", ">", ">="] : ["and", "or", "unless"];
        var name = Pick(names);
        var isSet = name is "and" or "or" or "unless";
        var isComparison = names.Length == 6;
        var left = Vector(depth, mayBeInexact && isSet);
        // Often both sides of the same shape, so that something matches.
        var right = random.Next(3) == 0 ? left.All.OrderBy(_ => random.Next()).First(n => n.Kind == NodeKind.Vector) : Vector(random.Next(depth + 1), mayBeInexact && isSet);
        var matching = Modifier("");
        if (random.Next(5) < 3)
        {
            var labels = $"{Pick(["on", "ignoring"])} ({string.Join(", ", Enumerable.Range(0, random.Next(0, 4)).Select(_ => LabelName()))})";
            var group = isSet || random.Next(2) == 0 ? "" : $" {Pick(["group_left", "group_right"])}{Pick(["", " ()", $" ({LabelName()})", " (version)", " (version, commit)"])}";
            matching = Modifier($" {labels}{group}");
        }

        if (random.Next(4) == 0 && !isSet) (left, right, matching) = Join();
        return Of($"§ {name}§§ §", Side(left), Maybe(isComparison ? 2 : 0, () => Modifier(" bool")), matching, Side(right)) with { IsLoose = true };
    }

    // Joins as people write them: they have results more often than random ones.
    private (Node Left, Node Right, Node Matching) Join() => random.Next(4) switch
    {
        0 => (Selector("requests_total"), Selector("limits"), Modifier($" {Pick(["on (job, instance)", "ignoring (code)"])} group_left")),
        1 => (Leaf("build_info"), Selector("limits"), Modifier($" on (job) group_right ({Pick(["version", "version, commit", ""])})")),
        2 => (Selector("limits"), Leaf("flaky"), Modifier(" on (job, instance)")),
        _ => (Selector("temperature"), Selector("limits"), Modifier(" ignoring (room)")),
    };

    private Node VectorAndNumber(int depth, bool mayBeInexact)
    {
        var kind = random.Next(10);
        var isComparison = kind >= 6;
        string[] names = kind < 5 ? ["+", "-", "*", "/", "%"] : kind < 6 ? mayBeInexact ? ["^", "atan2"] : ["*", "/"] : ["==", "!=", "<", "<=", ">", ">="];
        var name = Pick(names);
        var keeps = mayBeInexact && name is "*" or "/";
        var (left, right) = (Side(Vector(depth, keeps)), Side(Scalar(depth / 2)));
        if (random.Next(3) == 0) (left, right) = (right, left);
        return Of($"§ {name}§ §", left, Maybe(isComparison ? 2 : 0, () => Modifier(" bool")), right) with { IsLoose = true };
    }

    // Now and then without parentheses, so that precedence decides; not around what is inexact, which could end up elsewhere.
    private Node Side(Node side) => random.Next(3) == 0 && !side.All.Any(n => Inexact.Any(f => n.Parts[0].StartsWith(f + "(", StringComparison.Ordinal)) || n.Parts.Any(p => p.Contains('^', StringComparison.Ordinal)))
        ? side : side.Tight;

    private Node Scalar(int depth)
    {
        if (depth <= 0 || random.Next(3) == 0) return Number();
        return random.Next(7) switch
        {
            0 => Node.Of(NodeKind.Scalar, "time()"),
            1 => Node.Of(NodeKind.Scalar, "pi()"),
            2 => Node.Of(NodeKind.Scalar, "-§", Scalar(depth - 1).Tight) with { IsLoose = true },
            3 => Node.Of(NodeKind.Scalar, "§ " + Pick(["== bool", "< bool", ">= bool", "!= bool"]) + " §", Scalar(depth - 1).Tight, Scalar(depth - 1).Tight) with { IsLoose = true },
            4 => Node.Of(NodeKind.Scalar, "§ " + Pick(["+", "-", "*", "/", "%"]) + " §", Scalar(depth - 1).Tight, Scalar(depth - 1).Tight) with { IsLoose = true },
            _ => Node.Of(NodeKind.Scalar, "scalar(§)", Vector(depth - 1, false)),
        };
    }

    private Node Number() => Number(Pick(Numbers));

    private static Node Number(string text) => Node.Leaf(NodeKind.Scalar, text) with { IsLoose = text[0] == '-' };

    private Node Text() => Quoted(Pick(["", "text", "größe\\n\\\"", "\\u00e9\\x41"]));

    private static Node Quoted(string text) => Node.Leaf(NodeKind.Text, $"\"{text.Replace("\\d", "\\\\d", StringComparison.Ordinal)}\"");

    private Node Matrix(int depth)
    {
        var range = Pick(Durations);
        if (depth <= 0 || random.Next(3) > 0) return Node.Of(NodeKind.Matrix, $"§[{range}]§", Plain(), Time());
        var step = Pick(["", "", "15s", "30s", "1m", "10s", "7s", "90s"]);
        var inner = random.Next(4) == 0 ? Scalar(depth - 1) : Vector(Math.Min(depth - 1, 2), false);
        return Node.Of(NodeKind.Matrix, $"§[{Pick(["30s", "1m", "2m", "5m", "10m", "3m7s"])}:{step}]§", inner.Tight, Time());
    }

    private Node Selector(string? name = null) => Of("§§", Plain(name), Time());

    private Node Plain(string? name = null)
    {
        var isNamed = name is not null || random.Next(12) > 0;
        name ??= Pick(Names);
        var count = random.Next(3) == 0 ? random.Next(1, 3) : 0;
        var matchers = Enumerable.Range(0, count).Select(_ => Matcher()).ToList();
        if (isNamed) return Of(name + "§", Modifier(count > 0 ? $"{{{string.Join(",", matchers)}}}" : ""));
        matchers.Insert(random.Next(matchers.Count + 1), Pick([$"__name__=\"{name}\"", "__name__=~\"limits|constant\"", "__name__=~\"[a-f].*\"", "job=\"api\"", "i=~\"i[0-2]\"", $"__name__!~\"[^{name[0]}].*\",i!=\"\""]));
        return Leaf($"{{{string.Join(", ", matchers)}}}");
    }

    private string Matcher()
    {
        var label = LabelName();
        return random.Next(4) switch
        {
            0 => $"{label}=\"{Pick(LabelValues)}\"",
            1 => $"{label}!=\"{Pick(LabelValues)}\"",
            2 => $"{label}=~\"{Pick(Regexes)}\"".Replace("\\d", "\\\\d", StringComparison.Ordinal),
            _ => $"{label}!~\"{Pick(Regexes)}\"".Replace("\\d", "\\\\d", StringComparison.Ordinal),
        };
    }

    private Node Time()
    {
        var at = random.Next(9) switch { 0 => " @ start()", 1 => " @ end()", 2 => " @ " + Samples.Seconds(Samples.Start + Time(-60_000, Samples.Length + 60_000)), _ => "" };
        var offset = random.Next(7) switch { 0 => " offset " + Pick(Durations), 1 => " offset -" + Pick(Durations), _ => "" };
        var (first, second) = random.Next(2) == 0 ? (at, offset) : (offset, at);
        return Node.Of(NodeKind.Modifier, "§§", Modifier(first), Modifier(second));
    }

    // Often the very time of a sample, where the ends of ranges matter.
    private long Time(long from, long to)
    {
        var time = random.NextInt64(from, to);
        return random.Next(3) == 0 ? time : time / 15_000 * 15_000;
    }

    private string LabelName() => Pick(["job", "job", "instance", "instance", "code", "i", "side", "le", "room", "version", "nothing"]);

    private Node Maybe(int oneOf, Func<Node> make) => oneOf > 0 && random.Next(oneOf) == 0 ? make() : Modifier("");

    private static Node Modifier(string text) => Node.Leaf(NodeKind.Modifier, text);

    private static Node Modifier(string template, Node child) => Node.Of(NodeKind.Modifier, template, child);

    private static Node Leaf(string text) => Node.Leaf(NodeKind.Vector, text);

    private static Node Of(string template, params ReadOnlySpan<Node> children) => Node.Of(NodeKind.Vector, template, children);

    private T Pick<T>(params T[] from) => from[random.Next(from.Length)];
}
