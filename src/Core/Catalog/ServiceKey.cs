namespace Fairway.Catalog;

/// <summary>A service in an environment: the unit that is deployed, routed to and rolled back.</summary>
/// <param name="Environment">Such as <c>production</c>.</param>
/// <param name="Service">Such as <c>shop</c>.</param>
public sealed record ServiceKey(string Environment, string Service)
{
    /// <summary>The ledger stream that holds everything about this service in this environment.</summary>
    public string Stream => $"service/{Environment}/{Service}";

    /// <summary><c>production/shop</c></summary>
    public override string ToString() => $"{Environment}/{Service}";
}
