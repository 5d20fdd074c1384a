using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Fairway.Client;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Fairway.Api;

/// <summary>Where the console and the API are for browsers and for programs elsewhere.</summary>
/// <param name="Address">The address wanted.</param>
/// <param name="Required">Nobody listens elsewhere when it is taken. Otherwise the port of the last time, or any free one, will do.</param>
public sealed record ConsoleListen(IPEndPoint Address, bool Required)
{
    /// <summary>Where it is when nobody said anything.</summary>
    public static ConsoleListen Usual { get; } = new(new(IPAddress.Loopback, 7070), Required: false);
}

/// <summary>Binds the console's socket, and remembers its port so that a restart keeps open pages and bookmarks working.</summary>
internal sealed class ConsoleListener(DataFolder folder, ConsoleListen listen)
{
    /// <summary>The address to ask Kestrel for.</summary>
    public IPEndPoint Wanted => listen.Required ? listen.Address : new(listen.Address.Address, Remembered() ?? listen.Address.Port);

    /// <summary>Binds; in Kestrel's place, because only who binds knows that a port is taken.</summary>
    public Socket Bind(EndPoint address)
    {
        if (address is not IPEndPoint wanted || listen.Required) return SocketTransportOptions.CreateDefaultBoundListenSocket(address);
        foreach (var port in (ReadOnlySpan<int>)[wanted.Port, listen.Address.Port])
        {
            try
            {
                return SocketTransportOptions.CreateDefaultBoundListenSocket(new IPEndPoint(wanted.Address, port));
            }
            catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
                // Another control plane's, or another program's: the next one.
            }
        }
        return SocketTransportOptions.CreateDefaultBoundListenSocket(new IPEndPoint(wanted.Address, 0));
    }

    /// <summary>Keeps the address for the next start and for <c>fairway login</c>.</summary>
    public void Remember(string address) => File.WriteAllText(folder.ConsoleAddress, address + "\n");

    private int? Remembered()
    {
        try
        {
            return Uri.TryCreate(File.ReadAllText(folder.ConsoleAddress).Trim(), UriKind.Absolute, out var last) && last.Port is > 0 and <= ushort.MaxValue ? last.Port : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
