using Fairway.Ledger;
using NodaTime;

namespace Fairway.Access;

/// <summary>People and moments that the tests of this folder share.</summary>
internal static class Given
{
    public static readonly Instant Noon = Instant.FromUtc(2026, 3, 1, 12, 0);

    public static readonly Secret Token = new("tokenid00001", new string('a', Secret.TextLength));

    public static Standing Admin => Of("root", RoleBinding.Everything);

    public static Standing Of(string name, params RoleBinding[] roles) => new(new(name, name, PrincipalKind.Session, [.. roles]), []);

    public static RoleBinding Role(string text) => RoleBinding.TryParse(text, out var role) ? role : throw new ArgumentException(text, nameof(text));

    /// <summary>A decision's event, which went into a ledger and came back.</summary>
    public static T Folded<T>(AccessDecision decision, AccessRecord? before = null) where T : AccessRecord
    {
        Assert.Null(decision.Refused);
        var written = AccessEventCodec.Write(decision.Event!);
        var version = (before?.Version ?? 0) + 1;
        var record = new LedgerEvent(1, "access/x/1", version, written.At, written.Type, written.Actor, null, written.Data, "", "");
        return Assert.IsType<T>(AccessEvolver.Apply(before, AccessEventCodec.Read(record)!, version));
    }
}
