using Fairway.Ledger;

namespace Fairway.Access;

/// <summary>Writes access events as ledger records and reads them back.</summary>
public static class AccessEventCodec
{
    /// <summary>The event as a record to append.</summary>
    public static NewEvent Write(AccessEvent happened)
        => new(happened.At, EventTypes<AccessEvent>.Name(happened), happened.By.Name, null, EventTypes<AccessEvent>.Data(happened));

    /// <summary>The event that a record holds; null when it is of another kind.</summary>
    /// <exception cref="System.Text.Json.JsonException">The type is known, the data is not of its shape.</exception>
    public static AccessEvent? Read(LedgerEvent record) => EventTypes<AccessEvent>.Read(record.Type, record.Data);
}
