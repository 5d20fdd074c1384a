using System.Globalization;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Ledger;

internal static class Given
{
    public static readonly Instant Start = Instant.FromUtc(2026, 3, 1, 12, 0);

    public static NewEvent Event(int n) => new(Start + Duration.FromSeconds(n), "thing-done.v1", "tester", null, $$"""{"n":{{n}}}""");

    /// <summary>Records over three streams, <c>s/0</c> to <c>s/2</c>, with two actors, two types and a cause each.</summary>
    public static async Task RecordsAsync(ILedger ledger, int count, CancellationToken cancellation)
    {
        for (var i = 0; i < count; i++)
        {
            var item = Event(i) with { Actor = $"actor-{i % 2}", Type = i % 4 == 0 ? "thing-begun.v2" : "thing-done.v1", Cause = i == 0
                ? null : i };
            Assert.True((await ledger.AppendAsync($"s/{i % 3}", i / 3, [item], cancellation)).Done);
        }
    }
}

/// <summary>Counts records per stream. <c>forgotten.v1</c> removes the document; <c>poison.v1</c> throws.</summary>
internal sealed class CountPerStream : IProjection
{
    public string Collection { get; init; } = "counts";

    public int Version { get; init; } = 1;

    public int Step { get; init; } = 1;

    public IEnumerable<KeyValuePair<string, string?>> Apply(LedgerEvent record, Func<string, string?> load)
    {
        if (record.Type == "poison.v1")
        {
            yield return new(record.Stream, "poisoned");
            throw new PoisonedException();
        }
        if (record.Type == "forgotten.v1")
        {
            yield return new(record.Stream, null);
            yield break;
        }
        var count = int.Parse(load(record.Stream) ?? "0", CultureInfo.InvariantCulture) + Step;
        yield return new(record.Stream, count.ToString(CultureInfo.InvariantCulture));
    }
}

public sealed class PoisonedException : Exception;

/// <summary>A folder that is gone when the test is.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("fairway-ledger-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);

    public string Copy(string name)
    {
        var copy = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(copy);
        return copy;
    }
}
