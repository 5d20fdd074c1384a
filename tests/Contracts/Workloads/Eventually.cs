namespace Fairway.Tests.Contracts.Workloads;

/// <summary>Waits for what must come about, for a bounded time.</summary>
public static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>The first value that is as it must be; fails with the last one seen.</summary>
    public static async Task<T> Async<T>(Func<Task<T>> look, Func<T, bool> holds, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var seen = await look();
            if (holds(seen)) return seen;
            if (TimeProvider.System.GetElapsedTime(began) > Limit)
                Assert.Fail($"never came about: {what}; last seen: {(seen is System.Collections.IEnumerable and not string ? string.Join(" | ", ((System.Collections.IEnumerable)seen).Cast<object>()) : seen)}");
            await Task.Delay(Look, TimeProvider.System);
        }
    }

    /// <summary>A condition comes to hold.</summary>
    public static Task Async(Func<bool> holds, string what) => Async(() => Task.FromResult(holds()), value => value, what);
}
