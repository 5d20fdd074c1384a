namespace Fairway.Simulation;

/// <summary>One life of the control plane. What it asks of the world goes through here, and nothing comes back once it has been killed.</summary>
/// <param name="time">For how long messages take.</param>
/// <param name="number">From 1.</param>
/// <param name="moment">Told of each point at which it may be killed, by name.</param>
internal sealed class Life(VirtualTime time, int number, Action<Life, string> moment)
{
    // What the first one sent may arrive after what the next ones send: only fences keep them in order then.
    private const int SlowAtFirst = 8;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Answer = TimeSpan.FromMilliseconds(20);

    public bool IsOver { get; private set; }

    public int Appends { get; set; }

    public int Effects { get; set; }

    public void End() => IsOver = true;

    /// <summary>A point at which this life may end; false when it has.</summary>
    public bool Passes(string name)
    {
        if (!IsOver) moment(this, name);
        return !IsOver;
    }

    /// <summary>Reads something of the world.</summary>
    public async Task<T> ReadAsync<T>(Func<Task<T>> read, CancellationToken cancellation)
    {
        await Task.Delay(Look, time, cancellation);
        if (IsOver) return await Never<T>(cancellation);
        var seen = await read();
        await Task.Delay(Look, time, cancellation);
        return IsOver ? await Never<T>(cancellation) : seen;
    }

    /// <summary>Sends an effect. What was sent arrives, whatever becomes of the sender; only the answer is lost then.</summary>
    public async Task<T> SendAsync<T>(string what, TimeSpan takes, Func<Task<T>> apply, CancellationToken cancellation)
    {
        var name = $"effect {++Effects} ({what})";
        if (!Passes("before " + name)) return await Never<T>(cancellation);
        return await TravelAsync(name, number == 1 ? takes * SlowAtFirst : takes, apply).WaitAsync(cancellation);
    }

    /// <summary>A call whose answer never comes.</summary>
    public static async Task<T> Never<T>(CancellationToken cancellation)
    {
        var never = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var left = cancellation.Register(() => never.TrySetCanceled(cancellation));
        return await never.Task;
    }

    private async Task<T> TravelAsync<T>(string name, TimeSpan takes, Func<Task<T>> apply)
    {
        await Task.Delay(takes, time);
        var doing = apply();
        Passes("during " + name);
        var answer = await doing;
        await Task.Delay(Answer, time);
        return Passes("after " + name) ? answer : await Never<T>(CancellationToken.None);
    }
}
