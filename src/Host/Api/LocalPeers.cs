using System.Globalization;
using Fairway.Access;
using Fairway.Client;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Fairway.Api;

/// <summary>Who is at the other end of the Unix socket, as the kernel says.</summary>
public static class LocalPeers
{
    /// <summary>The control plane's own user and root may do everything, others nothing.</summary>
    public static Principal Of(PeerIdentity peer, uint ownUid)
    {
        var name = UserName(peer.Uid);
        return new(name, name, PrincipalKind.Local, peer.Uid == ownUid || peer.Uid == 0 ? [RoleBinding.Everything] : []);
    }

    /// <summary>Asks the kernel once per connection; leaves a <see cref="LocalPeer"/> among its features.</summary>
    public static void Identify(ListenOptions listen)
    {
        var ownUid = PeerIdentity.OwnUid();
        listen.Use(next => connection =>
        {
            var socket = connection.Features.Get<IConnectionSocketFeature>()?.Socket
                ?? throw new InvalidOperationException("a connection without a socket cannot be told whose it is");
            connection.Features.Set(new LocalPeer(Of(PeerIdentity.Of(socket), ownUid)));
            return next(connection);
        });
    }

    private static string UserName(uint uid)
    {
        // passwd(5): name:password:uid:…
        foreach (var line in File.Exists("/etc/passwd") ? File.ReadLines("/etc/passwd") : [])
        {
            var fields = line.Split(':');
            if (fields.Length > 2 && fields[2] == uid.ToString(CultureInfo.InvariantCulture)) return fields[0];
        }
        return string.Create(CultureInfo.InvariantCulture, $"uid-{uid}");
    }
}

/// <summary>A connection's other end.</summary>
/// <param name="Who">As the kernel says.</param>
public sealed record LocalPeer(Principal Who);
