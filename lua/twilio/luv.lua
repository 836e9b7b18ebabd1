--- The wait function for luv, under its public name: twilio.client{ wait = require "twilio.luv" }.

return require "twilio.hosts.luv"
