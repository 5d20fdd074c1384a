using System.Globalization;
using Fairway.Kernel;
using Npgsql;

namespace Fairway.Adapters.Postgres;

/// <summary>Reads a connection string: a URL such as <c>postgres://user:secret@host:5432/shop?sslmode=require</c>, or <c>Host=…;Username=…</c>. No part of it is ever said.</summary>
internal static class ConnectionText
{
    /// <summary>The settings of one connection, which is not pooled.</summary>
    /// <param name="text">The secret.</param>
    /// <param name="reference">Where it was found, for words.</param>
    /// <param name="name">What the server shows for it.</param>
    public static (NpgsqlConnectionStringBuilder? Settings, Fault? Fault) Read(string text, string reference, string name)
    {
        try
        {
            var settings = text.StartsWith("postgres://", StringComparison.Ordinal) || text.StartsWith("postgresql://", StringComparison.Ordinal)
                ? FromUrl(text) : new NpgsqlConnectionStringBuilder(text);
            if (string.IsNullOrEmpty(settings.Host)) return Unusable(reference, "names no host");
            settings.Pooling = false;
            settings.Enlist = false;
            settings.Timeout = 15;
            settings.CommandTimeout = 0;
            settings.KeepAlive = 10;
            settings.IncludeErrorDetail = false;
            settings.ApplicationName = name.Length > 63 ? name[..63] : name;
            return (settings, null);
        }
        catch (Exception malformed) when (malformed is ArgumentException or FormatException or KeyNotFoundException)
        {
            // What the driver says of it may hold a part of it.
            return Unusable(reference, "cannot be read");
        }
    }

    private static NpgsqlConnectionStringBuilder FromUrl(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url)) throw new FormatException("no URL");
        var (user, password) = url.UserInfo.Split(':', 2) is [var name, var secret] ? (name, secret) : (url.UserInfo, null);
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = Uri.UnescapeDataString(url.Host.Trim('[', ']')), Port = url.IsDefaultPort || url.Port < 0 ? 5432 : url.Port,
            Username = user.Length > 0 ? Uri.UnescapeDataString(user) : null, Password = password is null ? null : Uri.UnescapeDataString(password),
            Database = url.AbsolutePath.Length > 1 ? Uri.UnescapeDataString(url.AbsolutePath[1..]) : null,
        };
        foreach (var part in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.Split('=', 2) is not [var key, var value]) throw new FormatException("a parameter without a value");
            Set(settings, key, Uri.UnescapeDataString(value));
        }
        return settings;
    }

    // libpq's names, which URLs use.
    private static void Set(NpgsqlConnectionStringBuilder settings, string key, string value)
    {
        switch (key)
        {
            case "sslmode": settings.SslMode = Enum.Parse<SslMode>(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true); break;
            case "sslrootcert": settings.RootCertificate = value; break;
            case "host": settings.Host = value; break;
            case "port": settings.Port = int.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture); break;
            case "user": settings.Username = value; break;
            case "password": settings.Password = value; break;
            case "dbname": settings.Database = value; break;
            case "options": settings.Options = value; break;
            case "application_name" or "connect_timeout": break;
            default: settings[key] = value; break;
        }
    }

    private static (NpgsqlConnectionStringBuilder?, Fault?) Unusable(string reference, string why) => (null, new(FaultKind.Invalid, Blame.Configuration, Retryable: false,
        $"the connection string at {reference} {why}; write postgres://user:password@host:5432/database, or Host=…;Username=…;Database=…"));
}
