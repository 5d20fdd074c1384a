using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Fairway.Metrics.PromQl;
using Fairway.Metrics.PromQl.Execution;
using Fairway.Metrics.PromQl.Json;
using Fairway.Metrics.PromQl.Syntax;
using Fairway.Metrics.Storage;

namespace Fairway.Differential;

/// <summary>
/// Random queries to Debian's Prometheus and to our engine, on the same samples. <c>FAIRWAY_DIFFERENTIAL_SEED</c> and
/// <c>FAIRWAY_DIFFERENTIAL_COUNT</c> choose others than the usual ones.
/// </summary>
public sealed class DifferentialTests(ITestOutputHelper output)
{
    private const int MostShown = 15;
    private const int MostCuts = 400;
    private const int TimesAsked = 60;

    private readonly PromQlEngine _engine = new(Loaded(), new() { Compat = Compat.V2 });
    private readonly ConcurrentDictionary<string, int> _tally = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(int Index, string Text)> _unexplained = new();

    [Fact]
    public async Task Random_queries_have_the_answers_of_Prometheus()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (seed, count) = (Setting("FAIRWAY_DIFFERENTIAL_SEED", 1), Setting("FAIRWAY_DIFFERENTIAL_COUNT", 20_000));
        using var prometheus = await DebianPrometheus.StartAsync(cancellation);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancellation },
            async (index, token) =>
            {
                var query = new QueryGenerator(new Random(unchecked((seed * 1_000_003) + index))).Next();
                await CheckAsync(prometheus, query, $"seed {seed}, query {index}", index, token);
            });
        output.WriteLine($"seed {seed}, {count} queries; Prometheus stalled {prometheus.Stalls} times");
        foreach (var (what, times) in _tally.OrderBy(t => t.Key, StringComparer.Ordinal)) output.WriteLine($"{times,7} {what}");
        Assert.True(
            _unexplained.IsEmpty,
            $"{_unexplained.Count} queries differ without a known reason:\n\n{string.Join("\n\n", _unexplained.OrderBy(u => u.Index).Take(MostShown).Select(u => u.Text))}");
        Assert.True(Times("answers with content") > count / 3, "too few queries have an answer to compare");
    }

    private int Times(string what) => _tally.GetValueOrDefault(what);

    private void Count(string what) => _tally.AddOrUpdate(what, 1, (_, n) => n + 1);

    private async Task CheckAsync(DebianPrometheus prometheus, Query query, string place, int index, CancellationToken cancellation)
    {
        var (theirs, ours) = (Answer.Read(await prometheus.AskAsync(query, cancellation)), Answer.Read(Ask(query)));
        Count(theirs.Error.Length > 0 ? $"refused: {theirs.Error}" : theirs.HasContent ? "answers with content" : "answers without");
        if (Difference(query, theirs, ours) is null)
        {
            if (theirs.Error.Length > 0) Count(Same(theirs.Message, ours.Message) ? "errors in the same words" : "errors in other words");
            return;
        }

        if (await ReasonAsync(prometheus, new(query, theirs, ours), cancellation) is { } reason)
        {
            Count("known: " + reason);
            return;
        }

        Count("unexplained");
        var text = _unexplained.Count < MostShown ? await ShrunkAsync(prometheus, new(query, theirs, ours), cancellation) : query.ToString();
        _unexplained.Enqueue((index, $"{place}\n{text}"));
    }

    // Prometheus gives the series of a range query in a random order from one operator to the next; where sums and ties depend on it, it
    // does not agree with itself.
    private async Task<string?> ReasonAsync(DebianPrometheus prometheus, Case differing, CancellationToken cancellation)
    {
        if (KnownDifferences.All.FirstOrDefault(k => k.Explains(differing)) is { } known) return known.Name;
        if (differing.Theirs.Error.Length > 0 != differing.Ours.Error.Length > 0 && differing.Theirs.Error is "bad_data") return null;
        for (var i = 0; i < TimesAsked; i++)
        {
            var again = Answer.Read(await prometheus.AskAsync(differing.Query, cancellation));
            if (Comparison.Difference(differing.Theirs, again, isExact: true, IsOrdered(differing.Query)) is not null) return "Prometheus answers differently when asked again";
        }

        return null;
    }

    private async Task<string> ShrunkAsync(DebianPrometheus prometheus, Case differing, CancellationToken cancellation)
    {
        var cuts = 0;
        for (var isSmaller = true; isSmaller;)
        {
            isSmaller = false;
            foreach (var smaller in differing.Query.Smaller())
            {
                if (++cuts > MostCuts) break;
                var next = new Case(smaller, Answer.Read(await prometheus.AskAsync(smaller, cancellation)), Answer.Read(Ask(smaller)));
                if (Difference(smaller, next.Theirs, next.Ours) is null || await ReasonAsync(prometheus, next, cancellation) is not null) continue;
                (differing, isSmaller) = (next, true);
                break;
            }
        }

        return $"{differing.Query}\n  {Difference(differing.Query, differing.Theirs, differing.Ours)}\n  theirs {differing.Theirs}\n  ours {differing.Ours}";
    }

    private static string? Difference(Query query, Answer theirs, Answer ours)
    {
        var isExact = !Regex.IsMatch(query.Text, @"\^|\batan2\b|\b(" + string.Join('|', QueryGenerator.Inexact) + @")\b");
        return Comparison.Difference(theirs, ours, isExact, IsOrdered(query));
    }

    private static bool IsOrdered(Query query) => !query.IsRange && query.Root.Parts[0] switch
    {
        "sort(" or "sort_desc(" => true,
        "topk" or "topk(" or "bottomk" or "bottomk(" => query.Root.Children.All(c => c.Kind != NodeKind.Modifier || c.Text.Length == 0),
        _ => false,
    };

    // Prometheus' API says which parameter is wrong, our engine alone does not know it.
    private static bool Same(string theirs, string ours) => theirs == ours || theirs == "invalid parameter \"query\": " + ours;

    private byte[] Ask(Query query)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, QueryJson.WriterOptions))
        {
            try
            {
                QueryJson.Write(writer, query.IsRange
                    ? _engine.Range(query.Text, query.From, query.To, query.Step, CancellationToken.None)
                    : _engine.Instant(query.Text, query.From, CancellationToken.None));
            }
            catch (PromQlException error)
            {
                QueryJson.WriteError(writer, error.Kind, error.Message);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"our engine breaks on\n{query}", error);
            }
        }

        return stream.ToArray();
    }

    private static MemoryStore Loaded()
    {
        var store = new MemoryStore();
        using var batch = store.Begin();
        foreach (var (labels, samples) in Samples.Make())
        {
            var series = 0L;
            foreach (var (time, value) in samples) Assert.Equal(AppendOutcome.Taken, batch.Add(ref series, labels, time, value));
        }

        batch.Commit();
        return store;
    }

    private static int Setting(string name, int usual) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;
}
