namespace Fairway.Adapters.Sqlite;

/// <summary>Something the writer shall do, and who waits for it.</summary>
internal abstract class WriteRequest
{
    private const int Waiting = 0, Taken = 1, Cancelled = 2;
    private int _state;

    /// <summary>The writer takes it; false when its caller took it back.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, Taken, Waiting) != Cancelled;

    /// <summary>The caller takes it back, unless the writer has it already.</summary>
    public void Cancel(CancellationToken cancellation)
    {
        if (Interlocked.CompareExchange(ref _state, Cancelled, Waiting) == Waiting) OnCancelled(cancellation);
    }

    /// <summary>Does it in the open transaction. May be called again when the transaction did not come about.</summary>
    public abstract void Execute(LedgerStore store);

    /// <summary>It alone came to nothing; the rest of the transaction goes on.</summary>
    public abstract void Refuse(Exception reason);

    /// <summary>The transaction is durable: the caller is told.</summary>
    public abstract void Complete();

    /// <summary>The transaction did not come about: the caller is told.</summary>
    public abstract void Fail(Exception reason);

    /// <summary>The caller stops waiting.</summary>
    protected abstract void OnCancelled(CancellationToken cancellation);
}

/// <summary>Work with an outcome.</summary>
internal sealed class WriteRequest<T>(Func<LedgerStore, T> work) : WriteRequest
{
    private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _outcome;
    private Exception? _refusal;

    /// <summary>Completes when the outcome is durable.</summary>
    public Task<T> Result => _result.Task;

    /// <inheritdoc/>
    public override void Execute(LedgerStore store)
    {
        _refusal = null;
        _outcome = work(store);
    }

    /// <inheritdoc/>
    public override void Refuse(Exception reason) => _refusal = reason;

    /// <inheritdoc/>
    public override void Complete()
    {
        if (_refusal is null) _result.TrySetResult(_outcome!);
        else Fail(_refusal);
    }

    /// <inheritdoc/>
    public override void Fail(Exception reason)
    {
        if (reason is OperationCanceledException cancelled) _result.TrySetCanceled(cancelled.CancellationToken);
        else _result.TrySetException(reason);
    }

    /// <inheritdoc/>
    protected override void OnCancelled(CancellationToken cancellation) => _result.TrySetCanceled(cancellation);
}
