using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl;
using Fairway.Metrics.PromQl.Execution;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Tests.PromQl.Syntax;

/// <summary>Nothing that is typed into a query may crash or hang the engine: it answers, or says what is wrong.</summary>
public sealed class FuzzTests
{
    private static readonly string[] Seeds =
    [
        "sum by (path, code) (rate(http_requests_total{job=~\"a.*|b\"}[5m] offset 1h)) > bool 0.5",
        "histogram_quantile(0.99, sum by (le) (rate(h_bucket[5m] @ end())))", "max_over_time(sum(rate(m[1m]))[30m:1m] @ 1500.5 offset -5m)",
        "a + on (x) group_left (y) fill (0) b or ignoring (z) c unless d", "label_replace(m, \"a\", \"${1}_$2\", \"b\", \"(.*)-(?P<x>[[:alpha:]]+)\")",
        "-2^---1*3 % 4 atan2 5", "{\"my.metric\", \"l.x\"!~\"\\\\d+\\x41\"}", "topk(3, quantile_over_time(0.5, m[step() + min_of(5m, range())]))",
        "count_values without (a) (\"v\", m) and limit_ratio(-0.5, m)", "info(m, {data=~\".+\"}) </ 5", "increase(m[5m] anchored) + predict_linear(m[1h], 3600)",
        "day_of_week(vector(1e300)) + year(vector(-1e18)) + hour(vector(NaN))", "double_exponential_smoothing(m[5m], 0.1, 0.9) # comment",
    ];

    private static readonly string[] Pieces = ["(", ")", "[5m]", "[5m:1s]", "{", "}", "\"", "'", "`", "@", "offset", "-", "^", "by", "on()", "sum", "1e999", "0x", "NaN", "\\", "\u0000", "😀", "\ud800", ",", "=~", "!=", "#", "9999999y", "rate", "\n", "bool", "_"];

    private static PromQlEngine Engine()
    {
        var store = new InMemorySeries();
        for (var i = 0; i < 20; i++)
        {
            foreach (var name in (string[])["m", "a", "b", "h_bucket", "http_requests_total"])
                store.Add(Labels.Of([new(Labels.MetricName, name), new("le", i % 2 == 0 ? "+Inf" : "1"), new("x", "1")]), i * 15_000, i);
            store.Add(Labels.Of([new(Labels.MetricName, "m"), new("x", "h")]), i * 15_000, new NativeHistogram { Schema = 0, Count = i, Sum = i, PositiveSpans = [new(0, 1)], PositiveBuckets = [i] });
        }

        return new(store, new EngineOptions { MaxSamples = 200_000, Timeout = TimeSpan.FromSeconds(5) });
    }

    [Fact]
    public void Mutated_queries_are_answered_or_refused()
    {
        var random = new Random(20260101);
        var engine = Engine();
        var answered = 0;
        for (var i = 0; i < 3000; i++)
        {
            var query = Mutate(Seeds[random.Next(Seeds.Length)], random);
            try
            {
                var printed = Parser.Parse(query).ToString();
                Assert.Equal(printed, Parser.Parse(printed).ToString());
                engine.Instant(query, 300_000, CancellationToken.None);
                answered++;
                if (Parser.Parse(query).Type is ExprType.Scalar or ExprType.Vector) engine.Range(query, 0, 300_000, 60_000, CancellationToken.None);
            }
            catch (PromQlException error)
            {
                Assert.NotEmpty(error.Message);
            }
            catch (Exception error)
            {
                Assert.Fail($"{query}\n{error}");
            }
        }

        Assert.True(answered > 50, $"only {answered} were queries at all");
    }

    [Fact]
    public void Random_text_is_refused_or_parsed()
    {
        var random = new Random(42);
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => random.Next(4) == 0 ? ((char)random.Next(32, 0x300)).ToString() : Pieces[random.Next(Pieces.Length)]));
            try
            {
                Parser.Parse(text);
            }
            catch (PromQlException)
            {
            }
            catch (Exception error)
            {
                Assert.Fail($"{text}\n{error}");
            }
        }
    }

    private static string Mutate(string query, Random random)
    {
        for (var i = random.Next(0, 4); i > 0; i--)
        {
            var at = random.Next(query.Length + 1);
            var length = Math.Min(query.Length - at, random.Next(1, 8));
            query = random.Next(5) switch
            {
                0 => query.Remove(at, length),
                1 => query.Insert(at, Pieces[random.Next(Pieces.Length)]),
                2 => query.Insert(random.Next(query.Length + 1), query.Substring(at, length)),
                3 => query[..at] + (char)random.Next(32, 127) + query[Math.Min(query.Length, at + 1)..],
                _ => query + (random.Next(2) == 0 ? " + " : " or ") + Seeds[random.Next(Seeds.Length)],
            };
            if (query.Length == 0) return "m";
        }

        return query;
    }
}
