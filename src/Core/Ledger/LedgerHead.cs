namespace Fairway.Ledger;

/// <summary>
/// The newest record's position and hash. Kept beside the records, so that a cut-off end is found; kept elsewhere, it proves everything
/// before it.
/// </summary>
/// <param name="Seq">Records in the ledger.</param>
/// <param name="Hash">Hash of the last one.</param>
public sealed record LedgerHead(long Seq, string Hash)
{
    /// <summary>The head of a ledger without records.</summary>
    public static LedgerHead Empty { get; } = new(0, LedgerHash.Zero);
}
