using System.Net;
using System.Net.Sockets;

namespace Fairway.Edge.Hosting;

/// <summary>Why an address could not be listened on, in words that help.</summary>
internal static class ListenFailure
{
    /// <summary>The failure as one sentence with its mend.</summary>
    public static EdgeStartException Explain(Exception failure, IReadOnlyList<IPEndPoint> addresses)
    {
        var cause = failure;
        while (cause is not SocketException && cause.InnerException is { } inner) cause = inner;
        // Kestrel names the address in its own message for this one; which of several it was is in there and nowhere else.
        var which = addresses.FirstOrDefault(address => failure.Message.Contains(address.ToString(), StringComparison.Ordinal)) ?? FirstTaken(addresses);
        var message = (cause as SocketException)?.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse => $"port {which?.Port} on {which?.Address} is in use by another program (ss -ltnp \"sport = :{which?.Port}\" names it); stop it or choose another port",
            SocketError.AccessDenied => $"port {which?.Port} needs more rights than this user has; choose one from 1024 up, or allow it (setcap cap_net_bind_service=+ep on the fairway program)",
            SocketError.AddressNotAvailable => $"{which?.Address} is no address of this machine; choose one that \"ip addr\" shows",
            _ => $"cannot listen on {string.Join(", ", addresses)}: {cause.Message}",
        };
        return new EdgeStartException(message, failure);
    }

    private static IPEndPoint? FirstTaken(IReadOnlyList<IPEndPoint> addresses)
    {
        foreach (var address in addresses)
        {
            using var probe = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(address);
                probe.Listen(1);
            }
            catch (SocketException)
            {
                return address;
            }
        }
        return addresses.Count > 0 ? addresses[0] : null;
    }
}
