using System.Security.Cryptography;
using System.Text;
using Fairway.Access;

namespace Fairway.Api;

/// <summary>
/// Passwords that last some minutes, for git clients of people who are known already: by the Unix socket, or by a token. They are kept here
/// only, as hashes, and are gone with the process.
/// </summary>
/// <param name="time">The clock.</param>
public sealed class GitTickets(TimeProvider time)
{
    private const int Most = 1_000;
    private const string Prefix = "fwg_";
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(15);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (Principal Who, DateTimeOffset Until)> _byHash = new(StringComparer.Ordinal);

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>Makes one.</summary>
    public (string Password, DateTimeOffset Until) Issue(Principal who)
    {
        var password = Prefix + RandomNumberGenerator.GetHexString(48, lowercase: true);
        var until = time.GetUtcNow() + Life;
        lock (_gate)
        {
            foreach (var over in _byHash.Where(entry => entry.Value.Until <= time.GetUtcNow()).Select(entry => entry.Key).ToList()) _byHash.Remove(over);
            if (_byHash.Count >= Most) _byHash.Remove(_byHash.MinBy(entry => entry.Value.Until).Key);
            _byHash[Hash(password)] = (who, until);
        }
        return (password, until);
    }

    /// <summary>Whose it is; null when it is none, or over.</summary>
    public Principal? Find(string password)
    {
        if (!password.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        lock (_gate) return _byHash.TryGetValue(Hash(password), out var ticket) && ticket.Until > time.GetUtcNow() ? ticket.Who : null;
    }

    // Looked up by hash: how long it takes says nothing of the password.
    private static string Hash(string password) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(password)));
}
