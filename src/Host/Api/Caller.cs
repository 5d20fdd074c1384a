using System.Globalization;
using Fairway.Client;
using Fairway.Rollouts;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Fairway.Api;

/// <summary>What a caller may do. Every endpoint declares one.</summary>
public enum Permission
{
    /// <summary>See.</summary>
    View,

    /// <summary>Ship, steer and take back.</summary>
    Deploy,

    /// <summary>Stop everything, rebuild, verify.</summary>
    Operate,
}

/// <summary>Who is at the other end of a connection, as the kernel says; never what the request says.</summary>
/// <param name="Name">For records.</param>
/// <param name="Highest">The most this caller may do; null is nothing.</param>
public sealed record Caller(string Name, Permission? Highest)
{
    /// <summary>Over TCP anybody on this machine may come: they may look, nothing else.</summary>
    public static Caller Anonymous { get; } = new("anonymous", Permission.View);

    /// <summary>Whether the caller may do that.</summary>
    public bool May(Permission permission) => Highest >= permission;

    /// <summary>The caller as the actor of a decision.</summary>
    public Actor As(string? reason) => new(Name, string.IsNullOrWhiteSpace(reason) ? null : reason.Trim());

    /// <summary>The caller on a Unix socket: the control plane's own user and root may do everything, others nothing.</summary>
    public static Caller OfPeer(PeerIdentity peer, uint ownUid)
        => new(UserName(peer.Uid), peer.Uid == ownUid || peer.Uid == 0 ? Permission.Operate : null);

    /// <summary>Asks the kernel once per connection.</summary>
    public static void IdentifyPeers(ListenOptions listen)
    {
        var ownUid = PeerIdentity.OwnUid();
        listen.Use(next => connection =>
        {
            var socket = connection.Features.Get<IConnectionSocketFeature>()?.Socket
                ?? throw new InvalidOperationException("a connection without a socket cannot be told whose it is");
            connection.Features.Set(OfPeer(PeerIdentity.Of(socket), ownUid));
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
