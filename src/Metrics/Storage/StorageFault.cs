namespace Fairway.Metrics.Storage;

/// <summary>Something on disk that was not as it was written, or could not be written. The store goes on without it.</summary>
/// <param name="Where">The file or folder.</param>
/// <param name="What">What is wrong, what was lost by it and what was done.</param>
public sealed record StorageFault(string Where, string What)
{
    public override string ToString() => $"{Where}: {What}";
}
